"""Pure decisions of journeys: the definition, its JSON and text forms, walking and editing the tree of steps."""
