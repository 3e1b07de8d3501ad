"""The open door: any integrator's messages, signed by Standard Webhooks (standardwebhooks.com, specification 1.0.0)."""
