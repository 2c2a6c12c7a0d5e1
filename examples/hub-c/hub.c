#include "hub.h"

#include <stdio.h>
#include <string.h>

void show(Hub *hub)
{
    const char *service = hub->memory.applied ? text(hub->memory.applied, "service") : "not_available";
    bool runs = strcmp(service, "active") == 0 || strcmp(service, "expiring") == 0;
    bool reach = hub->link == ONLINE && hub->heard && !hub->away;
    int channels = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(hub->hardware, "channels"));
    const char *led = !reach || channels == 0 ? "red" : channels == 1 ? "green" : "white";
    char line[sizeof hub->shown];
    snprintf(line, sizeof line, "{\"hub\":\"%s\",\"service\":\"%s\",\"star\":%s,\"led\":\"%s\"}", hub->number, service,
             runs ? "true" : "false", led);
    if (strcmp(line, hub->shown) != 0) {
        snprintf(hub->shown, sizeof hub->shown, "%s", line);
        puts(line);
        fflush(stdout);
    }
}

void boot(Hub *hub, const char *number_, const char *memory_file, const cJSON *board)
{
    memset(hub, 0, sizeof *hub);
    hub->number = number_;
    memory_load(&hub->memory, memory_file);
    memory_next_boot(&hub->memory);
    hub->hardware = hardware_of(board);
    snprintf(hub->topic[OWN], sizeof hub->topic[OWN], "%.150s/hubs/%s/", option("prefix"), number_);
    snprintf(hub->topic[DESIRED], sizeof hub->topic[DESIRED], "%.150s/hubs/%s/desired", option("prefix"), number_);
    snprintf(hub->topic[HEARD], sizeof hub->topic[HEARD], "%.150s/hubs/%s/heard", option("prefix"), number_);
    snprintf(hub->topic[CLOUD], sizeof hub->topic[CLOUD], "%.150s/cloud/presence", option("prefix"));
    if (hub->memory.lost)
        add_event(hub, "memory_lost", "");
    show(hub);
}

void power_cut(Hub *hub)
{
    drop(hub);
    memory_free(&hub->memory);
    cJSON_Delete(hub->hardware);
}

void board_changed(Hub *hub, const cJSON *board)
{
    cJSON *before = hub->hardware;
    hub->hardware = hardware_of(board);
    events_between(before, hub->hardware, add_event, hub);
    cJSON_Delete(before);
    hub->report_due = true;
    if (hub->channel && !has_channel(hub->hardware, hub->channel)) {
        hub->pause_s = 0;
        lost(hub);
    }
    show(hub);
}
