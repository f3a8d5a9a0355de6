"""What every program of the product needs to run and to stop well: settings, database, tracing, watchdog."""
