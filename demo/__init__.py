"""The demo model: a scripted Anthropic Messages API for tests, benchmarks and users without credentials."""
