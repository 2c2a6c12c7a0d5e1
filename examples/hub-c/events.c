#include "hub.h"

#include <stdio.h>
#include <string.h>

/* Numbered and durable; of too many, the oldest are dropped and counted. A night of denials is one event. */
void add_event(void *owner, const char *kind, const char *detail)
{
    Hub *hub = owner;
    cJSON *events = hub->memory.events, *event;
    char mark[40] = "", whole[DETAIL_MAX + 1];
    bool denied = strcmp(kind, "registration_denied") == 0;
    if (denied && hub->denied_last)
        return;
    hub->denied_last = denied;
    while (cJSON_GetArraySize(events) >= EVENTS_MAX) {
        cJSON_DeleteItemFromArray(events, 0);
        hub->dropped++;
    }
    if (hub->dropped > hub->dropped_told)
        snprintf(mark, sizeof mark, "%sevents_dropped=%d", *detail ? "; " : "", hub->dropped);
    hub->dropped_told = hub->dropped;
    snprintf(whole, sizeof whole, "%.*s%s", (int)(DETAIL_MAX - strlen(mark)), detail, mark);
    event = cJSON_CreateObject();
    cJSON_AddNumberToObject(event, "contract", 1);
    cJSON_AddStringToObject(event, "hub", hub->number);
    cJSON_AddNumberToObject(event, "boot", hub->memory.boot);
    cJSON_AddNumberToObject(event, "number", ++hub->event_number);
    cJSON_AddStringToObject(event, "kind", kind);
    cJSON_AddNumberToObject(event, "at_ms", (double)now_ms());
    cJSON_AddStringToObject(event, "detail", whole);
    cJSON_AddItemToArray(events, event);
    memory_save(&hub->memory);
}

void add_refusal(Hub *hub, const Refusal *refusal)
{
    char detail[DETAIL_MAX + 1];
    int waiting = 0;
    const cJSON *event;
    snprintf(detail, sizeof detail, "%s: %s", refusal->rule, refusal->text);
    cJSON_ArrayForEach(event, hub->memory.events)
        waiting += strcmp(text(event, "kind"), "message_refused") == 0;
    if (strcmp(detail, hub->refusal) != 0 && waiting < REFUSALS_MAX) {
        snprintf(hub->refusal, sizeof hub->refusal, "%s", detail);
        add_event(hub, "message_refused", detail);
    }
}
