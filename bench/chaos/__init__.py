"""The chaos test: kills, pauses and starves every program under load, then checks that nothing is lost."""
