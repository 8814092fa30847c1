from django.urls import path

from wabolt.accounts.views import entrance, settings, team

app_name = "accounts"
urlpatterns = [
    path("setup/", entrance.setup, name="setup"),
    path("masuk/<str:token>/", entrance.sign_in_link, name="sign_in_link"),
    path("undangan/<str:token>/", entrance.invitation, name="invitation"),
    path("no-workspace/", entrance.no_workspace, name="no_workspace"),
    path("workspaces/", entrance.choose_workspace, name="choose_workspace"),
    path("profile/", settings.profile, name="profile"),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/shop/", settings.shop, name="shop"),
    path("settings/opening-hours/", settings.opening_times, name="opening_times"),
    path("settings/team/", team.team, name="team"),
    path("settings/team/<int:membership_id>/role/", team.change_role, name="change_role"),
    path("settings/team/<int:membership_id>/remove/", team.remove_member, name="remove_member"),
    path("settings/invitations/<int:invitation_id>/revoke/", team.revoke_invitation, name="revoke_invitation"),
    path("settings/api-keys/", settings.api_keys, name="api_keys"),
    path("settings/api-keys/<int:key_id>/revoke/", settings.revoke_api_key, name="revoke_api_key"),
    path("settings/audit/", settings.audit, name="audit"),
]
