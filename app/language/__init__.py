"""The only readers of Chinese surface forms: numbers, dates, places, choices, acts."""
