"""Texts with the data of a contact: Liquid with limits, groups of variables, the stop line, tokens of tracked links.

Owns no tables. Registers: the variable `shop.name`. Other rooms add groups of variables through `registry`. Start
reading: `texts.py`.
"""
