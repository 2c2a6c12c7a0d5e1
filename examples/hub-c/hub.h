/* A small hub in C on libmosquitto, written from docs/contract.md alone. References like MQ-4 are its rules. */
#ifndef HUB_H
#define HUB_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define SLOTS 2
#define PAYLOAD_MAX 16384
#define EVENTS_MAX 100
#define REFUSALS_MAX 10
#define DETAIL_MAX 200
#define NUMBER_MAX 9007199254740991.0

/* ---- files.c: time, and files that survive a power cut ---- */

long long now_ms(void);           /* since 1970 */
long long ticks_ms(void);         /* monotonic, for waits */
char *read_file(const char *path);                   /* a new text, or NULL */
bool replace_file(const char *path, const char *text); /* durable when it returns true */

/* ---- memory.c: boot number, applied document, waiting events ---- */

typedef struct {
    char path[512];
    bool lost;         /* the stored memory could not be read */
    double boot;
    cJSON *applied;    /* the applied document, or NULL */
    cJSON *events;     /* events that the broker has not acknowledged, oldest first */
} Memory;

void memory_load(Memory *memory, const char *path);
void memory_save(const Memory *memory);
void memory_next_boot(Memory *memory);
void memory_erase(const char *path);
void memory_free(Memory *memory);

/* ---- documents.c: reading what the cloud sends ---- */

typedef struct {
    const char *rule;  /* the id of the broken rule; NULL: none */
    char text[128];
} Refusal;

/* Each returns the wanted parts as a new object, or NULL with the refusal. */
cJSON *read_desired(const void *payload, int size, const char *hub, Refusal *refusal);
cJSON *read_cloud_presence(const void *payload, int size, Refusal *refusal);
cJSON *read_heard(const void *payload, int size, const char *hub, Refusal *refusal);

double number(const cJSON *object, const char *name);
const char *text(const cJSON *object, const char *name);  /* "" if it is missing or null */
bool flag(const cJSON *object, const char *name);

/* ---- board.c: the hardware file, and the events between two states of it ---- */

typedef void (*OnEvent)(void *owner, const char *kind, const char *detail);

cJSON *board_read(const char *path);   /* creates the file as from the factory; NULL if it cannot be read */
cJSON *hardware_of(const cJSON *board);
bool has_channel(const cJSON *hardware, const char *channel);
void events_between(const cJSON *before, const cJSON *after, OnEvent on_event, void *owner);

#endif
