"""Drives the simulator by Azure's own clients, unmodified: what they send, and what they make of the
answers. Called with the simulator's address and clock scale; prints a line for each operation.
"""

import sys
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.sql import SqlManagementClient
from azure.mgmt.web import WebSiteManagementClient

URL = sys.argv[1]
SUBSCRIPTION = "a1b2c3d4-0000-4000-8000-000000000002"
TOKEN = "rehearsal-token"


class Credential:
    """The token that the simulator knows."""

    def get_token(self, *scopes, **options):
        return AccessToken(TOKEN, 4102444800)


class Signs(SansIOHTTPPolicy):
    """Sends the token without asking for HTTPS: the simulator listens on this machine alone."""

    def on_request(self, request):
        request.http_request.headers["Authorization"] = f"Bearer {TOKEN}"


OPTIONS = {
    "base_url": URL,
    "authentication_policy": Signs(),
    "polling_interval": 0.02,
    "retry_total": 0,
}
web = WebSiteManagementClient(Credential(), SUBSCRIPTION, **OPTIONS).web_apps
sql = SqlManagementClient(Credential(), SUBSCRIPTION, **OPTIONS)
done = []


def done_with(name):
    done.append(name)
    print("ok", name, flush=True)


def states():
    return {app.name: app.state for app in web.list_by_resource_group("rg-qa")}


def apps():
    assert states() == {"qa4": "Running", "qa4rnapi": "Running"}, states()
    done_with("web_apps.list_by_resource_group")
    site = web.get("rg-qa", "qa4")
    assert site.location == "West Europe" and site.default_host_name, site.as_dict()
    done_with("web_apps.get")
    web.stop("rg-qa", "qa4")
    assert web.get("rg-qa", "qa4").state == "Stopped"
    done_with("web_apps.stop")
    web.start("rg-qa", "qa4")
    assert web.get("rg-qa", "qa4").state == "Running"
    done_with("web_apps.start")
    web.restart("rg-qa", "qa4")
    done_with("web_apps.restart")
    try:
        web.get("rg-qa", "nobody")
        raise AssertionError("a site that is not there was found")
    except ResourceNotFoundError as error:
        assert error.status_code == 404 and "nobody" in str(error), error


def settings():
    strings = web.list_connection_strings("rg-qa", "qa4")
    known = strings.properties
    assert sorted(known) == ["Audit", "Default", "Redis"], sorted(known)
    done_with("web_apps.list_connection_strings")
    text = known["Default"].value
    known["Default"].value = text.replace("dispatcherqa4", "dispatcherqa4prod7")
    sent = web.update_connection_strings("rg-qa", "qa4", strings)
    assert "dispatcherqa4prod7" in sent.properties["Default"].value
    assert sorted(sent.properties) == sorted(known)
    done_with("web_apps.update_connection_strings")
    pairs = web.list_application_settings("rg-qa", "qa4")
    done_with("web_apps.list_application_settings")
    pairs.properties["Feature__New"] = "yes"
    sent = web.update_application_settings("rg-qa", "qa4", pairs)
    assert sent.properties["Feature__New"] == "yes" and len(sent.properties) > 2
    done_with("web_apps.update_application_settings")
    sticky = web.list_slot_configuration_names("rg-qa", "qa4")
    assert sticky.connection_string_names == ["Default"], sticky.as_dict()
    done_with("web_apps.list_slot_configuration_names")
    web.update_slot_configuration_names("rg-qa", "qa4", sticky)
    done_with("web_apps.update_slot_configuration_names")


def slots():
    group, site = "rg-prod", "prod2rnapi"
    known = web.get(group, site)
    envelope = {"location": known.location, "properties": {"serverFarmId": known.server_farm_id}}
    made = web.begin_create_or_update_slot(group, site, "midday", envelope).result()
    assert made.name.endswith("midday"), made.as_dict()
    done_with("web_apps.create_or_update_slot")
    names = [slot.name.split("/")[-1] for slot in web.list_slots(group, site)]
    assert names == ["midday"], names
    done_with("web_apps.list_slots")
    assert web.get_slot(group, site, "midday").state == "Running"
    done_with("web_apps.get_slot")
    web.stop_slot(group, site, "midday")
    assert web.get_slot(group, site, "midday").state == "Stopped"
    done_with("web_apps.stop_slot")
    web.start_slot(group, site, "midday")
    done_with("web_apps.start_slot")
    strings = web.list_connection_strings_slot(group, site, "midday")
    web.update_connection_strings_slot(group, site, "midday", strings)
    done_with("web_apps.update_connection_strings_slot")
    pairs = web.list_application_settings_slot(group, site, "midday")
    web.update_application_settings_slot(group, site, "midday", pairs)
    done_with("web_apps.update_application_settings_slot")
    host = web.get_slot(group, site, "midday").default_host_name
    rule = {"name": "midday", "actionHostName": host, "reroutePercentage": 25.0}
    traffic = {"properties": {"experiments": {"rampUpRules": [rule]}}}
    web.update_configuration(group, site, traffic)
    done_with("web_apps.update_configuration")
    rules = web.get_configuration(group, site).experiments.ramp_up_rules
    assert [one.reroute_percentage for one in rules] == [25.0], rules
    done_with("web_apps.get_configuration")
    web.update_configuration(group, site, {"properties": {"experiments": {"rampUpRules": []}}})
    swap = {"targetSlot": "midday", "preserveVnet": True}
    web.begin_swap_slot_with_production(group, site, swap).result()
    status = web.get(group, site).slot_swap_status
    assert status.destination_slot_name == "midday", status.as_dict()
    done_with("web_apps.swap_slot_with_production")
    web.delete_slot(group, site, "midday")
    assert list(web.list_slots(group, site)) == []
    done_with("web_apps.delete_slot")


def databases():
    group, server = "rg-qa", "sql-qa"
    names = [one.name for one in sql.databases.list_by_server(group, server)]
    assert "dispatcherqa4" in names and "qa4-old-version" in names, names
    done_with("databases.list_by_server")
    backup = sql.databases.get(group, server, "qa4-old-version")
    assert backup.status == "Online" and backup.database_id, backup.as_dict()
    done_with("databases.get")
    wanted = {
        "location": backup.location,
        "properties": {"createMode": "Copy", "sourceDatabaseId": backup.id},
    }
    poller = sql.databases.begin_create_or_update(group, server, "dispatcherqa4prod7", wanted)
    copy = poller.result()
    assert copy.status == "Online" and copy.database_id != backup.database_id, copy.as_dict()
    done_with("databases.create_or_update (copy)")
    known = sql.database_operations.list_by_database(group, server, "dispatcherqa4prod7")
    assert any(one.operation == "CreateDatabaseAsCopy" for one in known)
    done_with("database_operations.list_by_database")
    sku = {"sku": {"name": "S2", "tier": "Standard"}}
    sql.databases.begin_update(group, server, "dispatcherqa4prod7", sku).result()
    done_with("databases.update")
    move = {"id": copy.id.replace("dispatcherqa4prod7", "renamed7")}
    sql.databases.rename(group, server, "dispatcherqa4prod7", move)
    renamed = sql.databases.get(group, server, "renamed7")
    assert renamed.database_id == copy.database_id
    done_with("databases.rename")
    sql.databases.begin_delete(group, server, "renamed7").result()
    try:
        sql.databases.get(group, server, "renamed7")
        raise AssertionError("a deleted database is still there")
    except ResourceNotFoundError:
        done_with("databases.delete")


def firewall():
    group, server = "rg-prod", "sql-prod"
    assert sql.servers.get(group, server).fully_qualified_domain_name
    done_with("servers.get")
    everybody = {"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"}}
    rules = sql.firewall_rules
    made = rules.create_or_update(group, server, "AllowAllWindowsAzureIps", everybody)
    assert made.start_ip_address == "0.0.0.0", made.as_dict()
    done_with("firewall_rules.create_or_update")
    assert rules.get(group, server, made.name).end_ip_address == "0.0.0.0"
    done_with("firewall_rules.get")
    listed = [one.name for one in rules.list_by_server(group, server)]
    assert made.name in listed, listed
    done_with("firewall_rules.list_by_server")
    export(group, server)
    rules.delete(group, server, made.name)
    rules.delete(group, server, made.name)
    assert made.name not in [one.name for one in rules.list_by_server(group, server)]
    done_with("firewall_rules.delete")


def export(group, server):
    wanted = {
        "storageKeyType": "StorageAccessKey",
        "storageKey": "CANARY-7f3a9-storage-key-1",
        "storageUri": "https://dispatcherbackups.blob.core.windows.net/bacpacs/kept.bacpac",
        "administratorLogin": "prodadmin",
        "administratorLoginPassword": "CANARY-7f3a9-sql-prod-admin",
        "authenticationType": "Sql",
    }
    key = {**wanted, "storageKey": "wrong"}
    try:
        sql.databases.begin_export(group, server, "DispatcherProd2", key).result()
        raise AssertionError("an export with a wrong key was taken")
    except HttpResponseError as error:
        assert "ImportExportJobError" in str(error), error
    poller = sql.databases.begin_export(group, server, "DispatcherProd2", wanted)
    ended = poller.result()
    assert ended.status == "Completed", ended.as_dict()
    done_with("databases.export")


for part in [apps, settings, slots, databases, firewall]:
    part()
print("operations", len(done))
