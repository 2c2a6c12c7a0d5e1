/* The program of the hub: connection, messages, events, display.
 *
 *     hub HUB FOLDER [OPTION=VALUE ...]
 *
 * HUB is the number on the label (8 upper-case hex digits). FOLDER keeps hardware.json (the hardware, changed by
 * `actuate`) and memory.json (the flash). The options are in OPTIONS below. SIGTERM and Ctrl-C end it in order.
 * It prints one line of JSON whenever its display changes.
 */
#include "hub.h"

#include <math.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 100
#define IN_FLIGHT_MAX 20
#define ASK_AGAIN_MS 60000
#define TOKENS (IN_FLIGHT_MAX + 16)

static struct { const char *name, *value; } OPTIONS[] = {
    {"host", "127.0.0.1"}, {"port", "1883"}, {"broker", ""}, {"prefix", "hubsim/v1"}, {"user", ""}, {"password", ""},
    {"ca", ""}, {"connack_s", "30"}, {"suback_s", "30"}, {"puback_s", "60"}, {"heard_s", "60"},
    {"reconnect_first_s", "1"}, {"reconnect_longest_s", "60"}, {"online_after_s", "10"},
};

typedef enum { WAITING, CONNACK, SUBACK, ONLINE } Link;
typedef struct { int mid; double boot, number; } Token;  /* boot 0: presence or a report */

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
    char topic[4][192];
    int dropped, dropped_told;         /* events of this boot that a full buffer has dropped */
    bool denied_last;                  /* the last event was registration_denied */
    char refusal[DETAIL_MAX + 1], shown[256];
} Hub;

enum { DESIRED, HEARD, CLOUD, OWN };
static volatile sig_atomic_t stopped;

static void stop(int signal_) { (void)signal_; stopped = 1; }

static const char *option(const char *name)
{
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        if (strcmp(OPTIONS[i].name, name) == 0)
            return OPTIONS[i].value;
    abort();
}

static long long after(const char *name) { return ticks_ms() + (long long)(atof(option(name)) * 1000); }

/* ---------------------------------------------------------------- the display */

static void show(Hub *hub)
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

/* ---------------------------------------------------------------- events (MQ-4) */

/* Numbered and durable; of too many, the oldest are dropped and counted. A night of denials is one event. */
static void add_event(void *owner, const char *kind, const char *detail)
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

static void refuse(Hub *hub, const Refusal *refusal)
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

/* ---------------------------------------------------------------- publishing */

static void publish(Hub *hub, const char *kind, cJSON *message, bool retain, double boot, double number_)
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

static cJSON *presence(const Hub *hub, bool online)
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
static long long heard_bound(const Hub *hub)
{
    return ticks_ms() + (after("heard_s") - ticks_ms()) * (hub->cloud_known ? 1 : 5);
}

/* The whole current state, never a queue of old ones (MQ-4). */
static void report(Hub *hub)
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

static void send_due(Hub *hub)
{
    const cJSON *event;
    if (hub->report_due && !hub->reports_flying)
        report(hub);
    cJSON_ArrayForEach(event, hub->memory.events)
        if (hub->flying < IN_FLIGHT_MAX && !is_flying(hub, event))
            publish(hub, "events", cJSON_Duplicate(event, true), false, number(event, "boot"), number(event, "number"));
}

static void on_publish(struct mosquitto *mqtt, void *owner, int mid)
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

/* ---------------------------------------------------------------- receiving */

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

static void on_message(struct mosquitto *mqtt, void *owner, const struct mosquitto_message *message)
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
        refuse(hub, &refusal);
    else if (document)
        hub->refusal[0] = '\0';  /* a valid message has arrived */
}

/* ---------------------------------------------------------------- the connection */

static void on_connect(struct mosquitto *mqtt, void *owner, int code)
{
    Hub *hub = owner;
    char *filters[] = {hub->topic[DESIRED], hub->topic[HEARD], hub->topic[CLOUD]};
    if (code || mosquitto_subscribe_multiple(mqtt, NULL, 3, filters, 1, 0, NULL)) {
        hub->failed = true;
        return;
    }
    hub->link = SUBACK;
    hub->deadline = after("suback_s");
}

static void on_subscribe(struct mosquitto *mqtt, void *owner, int mid, int count, const int *granted)
{
    Hub *hub = owner;
    (void)mqtt;
    (void)mid;
    for (int i = 0; i < count; i++)
        hub->failed = hub->failed || granted[i] > 2;
    if (hub->failed || hub->link != SUBACK)
        return;
    hub->link = ONLINE;
    hub->good_at = after("online_after_s");
    publish(hub, "presence", presence(hub, true), true, 0, 0);  /* MQ-3: presence, then reported, then events */
    report(hub);
}

static void on_disconnect(struct mosquitto *mqtt, void *owner, int code)
{
    (void)mqtt;
    (void)code;
    ((Hub *)owner)->failed = true;
}

/* A new client for each attempt: libmosquitto sends unacknowledged messages again, and a hub sends its current
 * state instead (MQ-4). Without DISCONNECT, as when the power or the channel is lost. */
static void drop(Hub *hub)
{
    mosquitto_destroy(hub->mqtt);
    hub->mqtt = NULL;
    hub->link = WAITING;
    hub->flying = hub->reports_flying = 0;
    hub->failed = hub->heard = hub->asked = hub->away = hub->cloud_known = hub->cloud_online = false;
    hub->ack_due = 0;
    hub->channel = NULL;
}

/* Pauses grow, and are spread; the first attempt after a connection that lasted does not wait (MQ-10). */
static void lost(Hub *hub)
{
    double first = atof(option("reconnect_first_s")), longest = atof(option("reconnect_longest_s"));
    if (hub->link == ONLINE && ticks_ms() >= hub->good_at)
        hub->pause_s = 0;
    drop(hub);
    hub->deadline = ticks_ms() + (long long)(hub->pause_s * (0.5 + drand48() / 2) * 1000);
    hub->pause_s = fmin(fmax(hub->pause_s * 2, first), longest);
    show(hub);
}

/* The will has the numbers of this attempt (MQ-6), and every attempt counts (MQ-2). */
static void open_connection(Hub *hub)
{
    char id[32], topic[256], *will;
    cJSON *message;
    int keepalive_s = hub->memory.applied ? (int)number(hub->memory.applied, "ping_s") : 60;
    hub->channel = has_channel(hub->hardware, "ethernet") ? "ethernet"
                   : has_channel(hub->hardware, "wifi")   ? "wifi"
                                                          : "cellular";
    hub->connection++;
    snprintf(id, sizeof id, "hub-%s", hub->number);
    snprintf(topic, sizeof topic, "%spresence", hub->topic[OWN]);
    if (!(hub->mqtt = mosquitto_new(id, true, hub)))
        abort();
    message = presence(hub, false);
    will = cJSON_PrintUnformatted(message);
    mosquitto_int_option(hub->mqtt, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311);
    mosquitto_int_option(hub->mqtt, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_will_set(hub->mqtt, topic, (int)strlen(will), will, 1, true);
    if (*option("user"))
        mosquitto_username_pw_set(hub->mqtt, option("user"), option("password"));
    if (*option("ca"))
        mosquitto_tls_set(hub->mqtt, option("ca"), NULL, NULL, NULL, NULL);
    mosquitto_connect_callback_set(hub->mqtt, on_connect);
    mosquitto_subscribe_callback_set(hub->mqtt, on_subscribe);
    mosquitto_disconnect_callback_set(hub->mqtt, on_disconnect);
    mosquitto_message_callback_set(hub->mqtt, on_message);
    mosquitto_publish_callback_set(hub->mqtt, on_publish);
    free(will);
    cJSON_Delete(message);
    hub->link = CONNACK;
    hub->deadline = after("connack_s");
    if (mosquitto_connect(hub->mqtt, option("host"), atoi(option("port")), keepalive_s))
        hub->failed = true;
}

/* An orderly end: presence offline, then DISCONNECT, so that the broker sends no will (MQ-6). */
static void leave(Hub *hub)
{
    if (hub->link == ONLINE) {
        publish(hub, "presence", presence(hub, false), true, 0, 0);
        mosquitto_disconnect(hub->mqtt);
        for (int i = 0; i < 10 && mosquitto_loop(hub->mqtt, 20, 1) == MOSQ_ERR_SUCCESS; i++)
            ;
    }
    drop(hub);
}

static bool overdue(const Hub *hub)
{
    long long now = ticks_ms();
    if (hub->link != ONLINE)
        return now >= hub->deadline;
    return (hub->ack_due && now >= hub->ack_due)
           || (hub->asked && !hub->away && now >= hub->asked_due);
}

static void run_once(Hub *hub)
{
    if (hub->link == WAITING) {
        bool reachable = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(hub->hardware, "channels")) > 0;
        if (!reachable || ticks_ms() < hub->deadline) {
            usleep(LOOK_MS * 1000);
            return;
        }
        open_connection(hub);
    }
    if (!hub->failed && mosquitto_loop(hub->mqtt, LOOK_MS, 1) != MOSQ_ERR_SUCCESS)
        hub->failed = true;
    if (hub->failed || overdue(hub))
        lost(hub);
    else if (hub->link == ONLINE)
        send_due(hub);
}

/* ---------------------------------------------------------------- power and hardware */

static void boot(Hub *hub, const char *number_, const char *memory_file, const cJSON *board)
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

static void power_cut(Hub *hub)
{
    drop(hub);
    memory_free(&hub->memory);
    cJSON_Delete(hub->hardware);
}

static void board_changed(Hub *hub, const cJSON *board)
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

static void set_option(char *word)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = '\0';
    for (size_t i = 0; value && i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        if (strcmp(OPTIONS[i].name, word) == 0) {
            OPTIONS[i].value = value;
            return;
        }
    fprintf(stderr, "unknown option %s; write NAME=VALUE with one of:", word);
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        fprintf(stderr, " %s", OPTIONS[i].name);
    fputc('\n', stderr);
    exit(2);
}

static void set_broker(void)  /* broker=HOST:PORT is short for host and port */
{
    static char host[256];
    char *port;
    snprintf(host, sizeof host, "%s", option("broker"));
    if ((port = strrchr(host, ':'))) {
        *port = '\0';
        OPTIONS[0].value = host;
        OPTIONS[1].value = port + 1;
    }
}

int main(int count, char **words)
{
    static Hub hub;
    char board_file[512], memory_file[512];
    bool powered = false;
    if (count < 3) {
        fprintf(stderr, "usage: %s HUB FOLDER [OPTION=VALUE ...]\n", words[0]);
        return 2;
    }
    for (int i = 3; i < count; i++)
        set_option(words[i]);
    set_broker();
    snprintf(board_file, sizeof board_file, "%s/hardware.json", words[2]);
    snprintf(memory_file, sizeof memory_file, "%s/memory.json", words[2]);
    srand48((long)now_ms() ^ (long)getpid());
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    mosquitto_lib_init();
    cJSON *board = board_read(board_file);
    while (board && !stopped) {
        cJSON *now = board_read(board_file);  /* NULL: half written by another tool; it is read again */
        bool erased = now && number(now, "erasures") != number(board, "erasures");
        bool cycled = erased || (now && number(now, "restarts") != number(board, "restarts"));
        bool changed = now && !cJSON_Compare(now, board, true);
        if (now) {
            cJSON_Delete(board);
            board = now;
        }
        if (powered && (cycled || !flag(board, "powered"))) {
            power_cut(&hub);
            powered = false;
        }
        if (erased)
            memory_erase(memory_file);
        if (!flag(board, "powered")) {
            usleep(LOOK_MS * 1000);
            continue;
        }
        if (!powered) {
            boot(&hub, words[1], memory_file, board);
            powered = true;
        } else if (changed) {
            board_changed(&hub, board);
        }
        run_once(&hub);
    }
    if (powered)
        leave(&hub);
    cJSON_Delete(board);
    mosquitto_lib_cleanup();
    return board ? 0 : 1;
}
