"""The look of all pages: base templates, components, styles and scripts. No models.

The room owns the shell (navigation, search, strips), the form renderer, the template library `ui` and the static files.
Rooms register navigation entries (`navigation.register`), finders (`search`), strips (`strips.register`) and states of
badges (`states.register_state`). Start reading in README.md, the catalogue of components.
"""
