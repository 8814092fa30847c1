"""`{% load ui %}`: all components and filters. The catalogue with examples is `wabolt/ui/README.md`."""

from django.template import Library

from wabolt.ui import filters
from wabolt.ui.components import forms, page, pictures, small, tables
from wabolt.ui.forms import may_be_empty

register = Library()
for family in (small, page, forms, tables, pictures):
    register.tags.update(family.register.tags)
filters.register_all(register)
register.filter(may_be_empty)
