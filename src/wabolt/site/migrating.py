"""Runs missing migrations in seconds instead of a minute.

Before each operation, Django makes the classes of all models again that are related to the changed one, at any
distance. Here nearly all models are, so each operation takes half a second. Most operations change the table of one
model and need the class of that model alone. The classes of other models are made again when an operation needs them.
"""

from typing import Any

from django.core.management.sql import emit_pre_migrate_signal
from django.db import connection
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

SMALL = (
    operations.AddConstraint, operations.AddField, operations.AddIndex, operations.CreateModel,
    operations.RemoveConstraint, operations.RemoveField, operations.RemoveIndex, operations.RunPython,
    operations.RunSQL,
)  # fmt: skip
"""Operations that need no class of another model that refers to the changed one."""


def run_missing() -> bool:
    """Runs the migrations that the database lacks. Returns whether there were any."""
    executor = _Executor(connection)
    executor.loader.check_consistent_history(connection)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    if plan:
        emit_pre_migrate_signal(verbosity=0, interactive=False, db=connection.alias, plan=plan)
        loader = executor.loader
        applied = loader.project_state([key for key in loader.applied_migrations if key in loader.graph.nodes])
        executor.migrate(targets, plan, State(applied.models, loader.unmigrated_apps))
    return bool(plan)


def is_small(migration: Migration) -> bool:
    """Whether no operation of the migration needs the relations of other models to the changed ones."""
    return all(_concerns_one_table(operation) for operation in migration.operations)


def _concerns_one_table(operation: Operation) -> bool:
    if isinstance(operation, operations.AlterField):  # foreign keys of other tables may refer to such a field
        return not (operation.field.primary_key or operation.field.unique)
    return isinstance(operation, SMALL) and not getattr(operation, "state_operations", None)


class State(ProjectState):
    """The models at one point of the history. While `is_small`, a change makes only the class of its own model again.

    Django knows such a state as delayed: before a function of `RunPython`, it makes all classes again.
    """

    is_small = False

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if not self.is_small:
            super().reload_model(app_label, model_name, delay)
        elif "apps" in self.__dict__:
            self.is_delayed = True
            self.apps.unregister_model(app_label, model_name)
            self.apps.render_multiple([self.models[app_label, model_name]])

    def begin(self, migration: Migration) -> None:
        """Gets ready for the operations of this migration."""
        self.is_small = is_small(migration)
        if not self.is_small:
            self.clear_delayed_apps_cache()
            self.is_delayed = False


class _Executor(MigrationExecutor):
    def apply_migration(self, state: ProjectState, migration: Migration, *args: Any, **kwargs: Any) -> ProjectState:
        assert isinstance(state, State)
        state.begin(migration)
        return super().apply_migration(state, migration, *args, **kwargs)
