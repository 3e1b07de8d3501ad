"""The only readers of Chinese surface: numbers, measures, dates, choices and places. Pure, and free of any shop."""
