"""Rate limits: the rules, and counters in memory or in the database that replicas share."""
