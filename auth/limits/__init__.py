"""Rate limits: the rules, and counters in memory or in the shared database."""
