"""Forms, orders, goods and wording that several intents share."""
