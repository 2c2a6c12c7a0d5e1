#include "hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATTERY_LOW 20

static const char FACTORY[] =
    "{\"powered\":true,\"restarts\":0,\"erasures\":0,\"clock_ahead_s\":0,\"links\":[\"ethernet\"],"
    "\"sims\":[{\"slot\":1,\"card\":\"missing\",\"iccid\":null},{\"slot\":2,\"card\":\"missing\",\"iccid\":null}],"
    "\"active_sim\":null,\"registration\":\"not_registered\",\"generation\":null,\"signal\":\"no_signal\",\"data\":true,"
    "\"battery_percent\":100,\"mains\":true,\"lid_open\":false}";
static const char *const COPIED[] = {"sims", "active_sim", "registration", "generation", "signal",
                                     "battery_percent", "mains", "lid_open"};
static const char *const CHANNELS[] = {"cellular", "ethernet", "wifi"};

cJSON *board_read(const char *path)
{
    char *stored = read_file(path);
    if (!stored) {
        if (!replace_file(path, FACTORY)) {
            perror(path);
            exit(1);
        }
        return cJSON_Parse(FACTORY);
    }
    cJSON *board = cJSON_Parse(stored);
    free(stored);
    return board;
}

static bool is_registered(const cJSON *board)
{
    const char *registration = text(board, "registration");
    return strcmp(registration, "home") == 0 || strcmp(registration, "roaming") == 0;
}

static bool is_linked(const cJSON *board, const char *channel)
{
    if (strcmp(channel, "cellular") == 0)
        return is_registered(board) && flag(board, "data");
    const cJSON *link;
    cJSON_ArrayForEach(link, cJSON_GetObjectItemCaseSensitive(board, "links"))
        if (cJSON_IsString(link) && strcmp(link->valuestring, channel) == 0)
            return true;
    return false;
}

cJSON *hardware_of(const cJSON *board)
{
    cJSON *hardware = cJSON_CreateObject(), *channels = cJSON_CreateArray();
    const cJSON *sim;
    cJSON *unread;
    bool hangs = strcmp(text(board, "registration"), "unknown") == 0;
    bool malfunction = hangs;
    for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++)
        if (is_linked(board, CHANNELS[i]))
            cJSON_AddItemToArray(channels, cJSON_CreateString(CHANNELS[i]));
    cJSON_ArrayForEach(sim, cJSON_GetObjectItemCaseSensitive(board, "sims"))
        malfunction = malfunction || strcmp(text(sim, "card"), "malfunction") == 0;
    cJSON_AddStringToObject(hardware, "model", "hub-2-plus");
    cJSON_AddStringToObject(hardware, "firmware", "c-1");
    cJSON_AddItemToObject(hardware, "channels", channels);
    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++)
        cJSON_AddItemToObject(hardware, COPIED[i],
                              cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(board, COPIED[i]), true));
    if (hangs)  /* a modem that does not answer reads no card; an empty slot stays empty */
        cJSON_ArrayForEach(unread, cJSON_GetObjectItemCaseSensitive(hardware, "sims")) {
            if (strcmp(text(unread, "card"), "missing") == 0)
                continue;
            cJSON_ReplaceItemInObjectCaseSensitive(unread, "card", cJSON_CreateString("unknown"));
            cJSON_ReplaceItemInObjectCaseSensitive(unread, "iccid", cJSON_CreateNull());
        }
    cJSON_AddBoolToObject(hardware, "malfunction", malfunction);
    return hardware;
}

bool has_channel(const cJSON *hardware, const char *channel)
{
    const cJSON *each;
    cJSON_ArrayForEach(each, cJSON_GetObjectItemCaseSensitive(hardware, "channels"))
        if (strcmp(each->valuestring, channel) == 0)
            return true;
    return false;
}

static void sim_event(const char *kind, const cJSON *sim, OnEvent on_event, void *owner)
{
    char detail[64];
    const char *iccid = text(sim, "iccid");
    snprintf(detail, sizeof detail, "slot %.0f%s%s", number(sim, "slot"), *iccid ? ", ICCID " : "", iccid);
    on_event(owner, kind, detail);
}

static void sim_events(const cJSON *before, const cJSON *after, OnEvent on_event, void *owner)
{
    const char *was = text(before, "card"), *is = text(after, "card");
    const char *old = text(before, "iccid"), *new = text(after, "iccid");
    bool swapped = *old && *new && strcmp(old, new) != 0;
    bool was_there = strcmp(was, "missing") != 0 && strcmp(was, "unknown") != 0;
    if (swapped || (was_there && strcmp(is, "missing") == 0))
        sim_event("sim_removed", before, on_event, owner);
    if (swapped || (strcmp(was, "missing") == 0 && strcmp(is, "missing") != 0))
        sim_event("sim_inserted", after, on_event, owner);
    if (strcmp(is, "malfunction") == 0 && (swapped || strcmp(was, is) != 0))
        sim_event("sim_defective", after, on_event, owner);
    if (strcmp(is, "locked") == 0 && (swapped || strcmp(was, is) != 0))
        sim_event("sim_locked", after, on_event, owner);
}

static void flag_event(const cJSON *before, const cJSON *after, const char *name, const char *begins,
                       const char *ends, OnEvent on_event, void *owner)
{
    if (flag(before, name) != flag(after, name))
        on_event(owner, flag(after, name) ? begins : ends, "");
}

void events_between(const cJSON *before, const cJSON *after, OnEvent on_event, void *owner)
{
    char detail[64];
    const cJSON *old_sims = cJSON_GetObjectItemCaseSensitive(before, "sims");
    const cJSON *new_sims = cJSON_GetObjectItemCaseSensitive(after, "sims");
    for (int i = 0; i < SLOTS; i++)
        sim_events(cJSON_GetArrayItem(old_sims, i), cJSON_GetArrayItem(new_sims, i), on_event, owner);
    double was = number(before, "active_sim"), is = number(after, "active_sim");
    if (was > 0 && is > 0 && was != is) {
        snprintf(detail, sizeof detail, "slot %.0f to slot %.0f", was, is);
        on_event(owner, "sim_switched", detail);
    }
    if (strcmp(text(before, "registration"), text(after, "registration")) != 0) {
        if (strcmp(text(after, "registration"), "denied") == 0)
            on_event(owner, "registration_denied", "");
        else if (is_registered(after) && !is_registered(before))
            on_event(owner, "registered", text(after, "registration"));
    }
    for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++)
        if (has_channel(before, CHANNELS[i]) && !has_channel(after, CHANNELS[i]))
            on_event(owner, "channel_lost", CHANNELS[i]);
    for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++)
        if (!has_channel(before, CHANNELS[i]) && has_channel(after, CHANNELS[i]))
            on_event(owner, "channel_restored", CHANNELS[i]);
    flag_event(before, after, "mains", "mains_restored", "mains_lost", on_event, owner);
    flag_event(before, after, "lid_open", "lid_opened", "lid_closed", on_event, owner);
    flag_event(before, after, "malfunction", "malfunction_found", "malfunction_cleared", on_event, owner);
    bool low = number(after, "battery_percent") <= BATTERY_LOW;
    if (low != (number(before, "battery_percent") <= BATTERY_LOW)) {
        snprintf(detail, sizeof detail, "%.0f %%", number(after, "battery_percent"));
        on_event(owner, low ? "battery_low" : "battery_recovered", detail);
    }
}
