#include "hub.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
void drop(Hub *hub)
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
void lost(Hub *hub)
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
void leave(Hub *hub)
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

void run_once(Hub *hub)
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
