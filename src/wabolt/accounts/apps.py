from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "wabolt.accounts"
    label = "accounts"
