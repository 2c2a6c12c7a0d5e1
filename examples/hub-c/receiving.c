#include "hub.h"

#include <string.h>

static void take_desired(Hub *hub, cJSON *document)
{
    double held = number(hub->memory.applied, "version");
    if (hub->report_due && hub->link == ONLINE)
        report(hub);  /* MQ-5: each delivery of the version gets its own report */
    if (number(document, "version") > held) {
        cJSON *old = hub->memory.applied;
        hub->memory.applied = document;  /* as a whole (MQ-1), and durable before it is shown and reported (MQ-5) */
        memory_save(&hub->memory);
        cJSON_Delete(old);
        show(hub);
        hub->report_due = true;
        return;
    }
    hub->report_due = hub->report_due || number(document, "version") == held;
    cJSON_Delete(document);
}

/* A late will does not hide a cloud that is back (MQ-6). */
static void take_cloud(Hub *hub, cJSON *document)
{
    double boot = number(document, "boot"), connection = number(document, "connection");
    bool online = flag(document, "online");
    bool same = boot == hub->cloud_boot && connection == hub->cloud_connection;
    bool newer = boot > hub->cloud_boot || (boot == hub->cloud_boot && connection > hub->cloud_connection);
    if (!hub->cloud_known || newer || (same && hub->cloud_online && !online)) {
        hub->cloud_known = true;
        hub->cloud_online = online;
        hub->away = !online;
        hub->cloud_boot = boot;
        hub->cloud_connection = connection;
        hub->asked_due = heard_bound(hub);
        show(hub);
    }
    cJSON_Delete(document);
}

static void take_heard(Hub *hub, cJSON *document)
{
    if (hub->asked && number(document, "boot") == hub->memory.boot
        && number(document, "sequence") >= hub->first_asked) {
        hub->asked = hub->away = false;
        hub->heard = true;
        hub->heard_at = ticks_ms();
        show(hub);
    }
    cJSON_Delete(document);
}

void on_message(struct mosquitto *mqtt, void *owner, const struct mosquitto_message *message)
{
    Hub *hub = owner;
    Refusal refusal = {NULL, ""};
    cJSON *document = NULL;
    (void)mqtt;
    if (strcmp(message->topic, hub->topic[DESIRED]) == 0) {
        if ((document = read_desired(message->payload, message->payloadlen, hub->number, &refusal)))
            take_desired(hub, document);
    } else if (strcmp(message->topic, hub->topic[CLOUD]) == 0) {
        if ((document = read_cloud_presence(message->payload, message->payloadlen, &refusal)))
            take_cloud(hub, document);
    } else if (strcmp(message->topic, hub->topic[HEARD]) == 0) {
        if ((document = read_heard(message->payload, message->payloadlen, hub->number, &refusal)))
            take_heard(hub, document);
    }
    if (refusal.rule)
        add_refusal(hub, &refusal);
    else if (document)
        hub->refusal[0] = '\0';  /* a valid message has arrived */
}
