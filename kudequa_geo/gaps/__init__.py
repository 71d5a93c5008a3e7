"""From walks to judgements: indicators, gap areas, competition, equity, need; pure functions."""
