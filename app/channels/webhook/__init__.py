"""The webhook channel: messages of any integrator, signed by Standard Webhooks 1.0.0 (standardwebhooks.com)."""
