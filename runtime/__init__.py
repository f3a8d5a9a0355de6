"""What every program needs: settings, database, logging, tracing, background tasks, watchdog. Imports no program."""
