/* A small hub in C on libmosquitto, written from docs/contract.md alone. References like MQ-4 are its rules. */
#ifndef HUB_H
#define HUB_H

#include <cjson/cJSON.h>
#include <mosquitto.h>
#include <stdbool.h>
#include <stddef.h>

#define SLOTS 2
#define PAYLOAD_MAX 16384
#define EVENTS_MAX 100
#define REFUSALS_MAX 10
#define DETAIL_MAX 200
#define NUMBER_MAX 9007199254740991.0
#define IN_FLIGHT_MAX 20
#define TOKENS (IN_FLIGHT_MAX + 16)
#define LOOK_MS 100

/* ---- files.c: time, and files that survive a power cut ---- */

void set_clock_ahead(double seconds); /* how far the clock of the board is wrong; waits do not use it */
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

/* ---- options.c: the options of the command line ---- */

const char *option(const char *name);
long long after(const char *name);     /* `ticks_ms` plus the seconds of an option */
void set_option(char *word);           /* NAME=VALUE; ends the program if it has no such option */
void set_broker(void);                 /* broker=HOST:PORT is short for host and port */

/* ---- hub.c: the hub from power-on to power-off: its hardware, its display ---- */

typedef enum { WAITING, CONNACK, SUBACK, ONLINE } Link;
typedef struct { int mid; double boot, number; } Token;  /* boot 0: presence or a report */
enum { DESIRED, HEARD, CLOUD, OWN };

typedef struct {
    const char *number;
    Memory memory;
    cJSON *hardware;
    Link link;
    struct mosquitto *mqtt;
    bool failed;                       /* the connection has ended, or must end */
    int connection, sequence, event_number;
    Token tokens[TOKENS];              /* published and not acknowledged */
    int flying, reports_flying;
    long long deadline, ack_due, good_at;
    double pause_s;
    bool report_due;
    const char *channel;               /* the one of the connection */
    bool cloud_known, cloud_online, away, heard, asked;  /* away: it went offline, and has not answered since */
    double cloud_boot, cloud_connection;
    long long heard_at, asked_due;
    int first_asked;
    char topic[4][192];                /* by DESIRED to OWN; the last one is the beginning of its own topics */
    int dropped, dropped_told;         /* events of this boot that a full buffer has dropped */
    bool denied_last;                  /* the last event was registration_denied */
    char refusal[DETAIL_MAX + 1], shown[256];
} Hub;

void boot(Hub *hub, const char *number_, const char *memory_file, const cJSON *board);
void power_cut(Hub *hub);
void board_changed(Hub *hub, const cJSON *board);
void show(Hub *hub);                   /* prints the display, if it has changed */

/* ---- events.c: the events that wait for the broker (MQ-4) ---- */

void add_event(void *owner, const char *kind, const char *detail);
void add_refusal(Hub *hub, const Refusal *refusal);

/* ---- sending.c: presence, reports and events, until the broker acknowledges them ---- */

void publish(Hub *hub, const char *kind, cJSON *message, bool retain, double boot, double number_);
cJSON *presence(const Hub *hub, bool online);
void report(Hub *hub);
long long heard_bound(const Hub *hub); /* the time by which the cloud must answer a report */
void send_due(Hub *hub);
void on_publish(struct mosquitto *mqtt, void *owner, int mid);

/* ---- receiving.c: what the cloud sends ---- */

void on_message(struct mosquitto *mqtt, void *owner, const struct mosquitto_message *message);

/* ---- connection.c: the connection, from CONNECT to its end ---- */

void run_once(Hub *hub);
void drop(Hub *hub);
void lost(Hub *hub);
void leave(Hub *hub);

#endif
