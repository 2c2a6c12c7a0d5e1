#include "hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void memory_load(Memory *memory, const char *path)
{
    memset(memory, 0, sizeof *memory);
    snprintf(memory->path, sizeof memory->path, "%s", path);
    char *stored = read_file(path);
    cJSON *found = stored ? cJSON_Parse(stored) : NULL;
    cJSON *events = cJSON_DetachItemFromObjectCaseSensitive(found, "events");
    if (cJSON_IsArray(events)) {
        cJSON *applied = cJSON_DetachItemFromObjectCaseSensitive(found, "applied");
        memory->boot = number(found, "boot");
        memory->events = events;
        if (cJSON_IsObject(applied))
            memory->applied = applied;
        else
            cJSON_Delete(applied);
    } else {
        memory->lost = stored != NULL;
        memory->events = cJSON_CreateArray();
        cJSON_Delete(events);
    }
    cJSON_Delete(found);
    free(stored);
}

/* A hub that cannot write its memory must not go on: it would report what a power cut undoes (MQ-5). */
void memory_save(const Memory *memory)
{
    cJSON *stored = cJSON_CreateObject();
    cJSON_AddNumberToObject(stored, "boot", memory->boot);
    cJSON_AddItemReferenceToObject(stored, "events", memory->events);
    if (memory->applied)
        cJSON_AddItemReferenceToObject(stored, "applied", memory->applied);
    char *printed = cJSON_PrintUnformatted(stored);
    if (!printed || !replace_file(memory->path, printed)) {
        perror(memory->path);
        exit(1);
    }
    free(printed);
    cJSON_Delete(stored);
}

/* MQ-2: greater than in every earlier boot, also after a loss of memory, and durable before the connection. */
void memory_next_boot(Memory *memory)
{
    double seconds = (double)(now_ms() / 1000);
    memory->boot = memory->boot + 1 > seconds ? memory->boot + 1 : seconds;
    memory_save(memory);
}

/* As from the factory, but the boot number stays ahead. */
void memory_erase(const char *path)
{
    Memory old, empty;
    memory_load(&old, path);
    memset(&empty, 0, sizeof empty);
    snprintf(empty.path, sizeof empty.path, "%s", path);
    empty.boot = old.boot;
    empty.events = cJSON_CreateArray();
    memory_save(&empty);
    memory_free(&old);
    memory_free(&empty);
}

void memory_free(Memory *memory)
{
    cJSON_Delete(memory->applied);
    cJSON_Delete(memory->events);
}
