"""One folder an intent: intent.yml, and action.py where business data is needed."""
