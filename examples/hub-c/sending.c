#include "hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_AGAIN_MS 60000

void publish(Hub *hub, const char *kind, cJSON *message, bool retain, double boot, double number_)
{
    char topic[256], *payload = cJSON_PrintUnformatted(message);
    Token *token = &hub->tokens[hub->flying];
    snprintf(topic, sizeof topic, "%s%s", hub->topic[OWN], kind);
    if (hub->flying == TOKENS || !payload || strlen(payload) > PAYLOAD_MAX
        || mosquitto_publish(hub->mqtt, &token->mid, topic, (int)strlen(payload), payload, 1, retain)) {
        hub->failed = true;
    } else {
        token->boot = boot;
        token->number = number_;
        if (!hub->flying++)
            hub->ack_due = after("puback_s");
    }
    free(payload);
    cJSON_Delete(message);
}

cJSON *presence(const Hub *hub, bool online)
{
    cJSON *message = cJSON_CreateObject();
    cJSON_AddNumberToObject(message, "contract", 1);
    cJSON_AddStringToObject(message, "hub", hub->number);
    cJSON_AddBoolToObject(message, "online", online);
    cJSON_AddNumberToObject(message, "boot", hub->memory.boot);
    cJSON_AddNumberToObject(message, "connection", hub->connection);
    return message;
}

/* A broker without a presence of the cloud may have lost it, and gets five times as long (MQ-10.heard). */
long long heard_bound(const Hub *hub)
{
    return ticks_ms() + (after("heard_s") - ticks_ms()) * (hub->cloud_known ? 1 : 5);
}

/* The whole current state, never a queue of old ones (MQ-4). */
void report(Hub *hub)
{
    const cJSON *applied = hub->memory.applied, *ends = cJSON_GetObjectItemCaseSensitive(applied, "ends_at_ms");
    bool ask = !hub->asked && (!hub->heard || hub->away || ticks_ms() - hub->heard_at >= ASK_AGAIN_MS);
    cJSON *message = cJSON_CreateObject();
    cJSON_AddNumberToObject(message, "contract", 1);
    cJSON_AddStringToObject(message, "hub", hub->number);
    cJSON_AddNumberToObject(message, "boot", hub->memory.boot);
    cJSON_AddNumberToObject(message, "sequence", ++hub->sequence);
    cJSON_AddNumberToObject(message, "connection", hub->connection);
    cJSON_AddNumberToObject(message, "applied_version", number(applied, "version"));
    cJSON_AddStringToObject(message, "service", applied ? text(applied, "service") : "not_available");
    cJSON_AddItemToObject(message, "ends_at_ms", ends ? cJSON_Duplicate(ends, true) : cJSON_CreateNull());
    cJSON_AddBoolToObject(message, "sim_cut_off", flag(applied, "sim_cut_off"));
    cJSON_AddBoolToObject(message, "armed", flag(applied, "armed"));
    cJSON_AddBoolToObject(message, "ask", ask);
    cJSON_AddItemToObject(message, "hardware", cJSON_Duplicate(hub->hardware, true));
    hub->report_due = false;
    hub->reports_flying++;
    publish(hub, "reported", message, true, 0, 1);
    if (ask) {
        hub->asked = true;
        hub->first_asked = hub->sequence;
        hub->asked_due = heard_bound(hub);
    }
}

static bool is_flying(const Hub *hub, const cJSON *event)
{
    for (int i = 0; i < hub->flying; i++)
        if (hub->tokens[i].boot == number(event, "boot") && hub->tokens[i].number == number(event, "number"))
            return true;
    return false;
}

void send_due(Hub *hub)
{
    const cJSON *event;
    if (hub->report_due && !hub->reports_flying)
        report(hub);
    cJSON_ArrayForEach(event, hub->memory.events)
        if (hub->flying < IN_FLIGHT_MAX && !is_flying(hub, event))
            publish(hub, "events", cJSON_Duplicate(event, true), false, number(event, "boot"), number(event, "number"));
}

void on_publish(struct mosquitto *mqtt, void *owner, int mid)
{
    Hub *hub = owner;
    (void)mqtt;
    for (int i = 0; i < hub->flying; i++) {
        Token token = hub->tokens[i];
        if (token.mid != mid)
            continue;
        memmove(&hub->tokens[i], &hub->tokens[i + 1], (size_t)(--hub->flying - i) * sizeof token);
        hub->ack_due = hub->flying ? after("puback_s") : 0;
        if (!token.boot) {
            hub->reports_flying -= token.number == 1;
            return;
        }
        int place = 0;
        cJSON *event;
        cJSON_ArrayForEach(event, hub->memory.events) {
            if (number(event, "boot") == token.boot && number(event, "number") == token.number) {
                cJSON_DeleteItemFromArray(hub->memory.events, place);
                memory_save(&hub->memory);
                return;
            }
            place++;
        }
        return;
    }
}
