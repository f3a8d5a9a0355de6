"""What every program needs: settings, database, logging, tracing, background tasks, watchdog. Imports none of them."""
