#include "hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct { const char *name, *value; } OPTIONS[] = {
    {"host", "127.0.0.1"}, {"port", "1883"}, {"broker", ""}, {"prefix", "hubsim/v1"}, {"user", ""}, {"password", ""},
    {"ca", ""}, {"connack_s", "30"}, {"suback_s", "30"}, {"puback_s", "60"}, {"heard_s", "60"},
    {"reconnect_first_s", "1"}, {"reconnect_longest_s", "60"}, {"online_after_s", "10"},
};

const char *option(const char *name)
{
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        if (strcmp(OPTIONS[i].name, name) == 0)
            return OPTIONS[i].value;
    abort();
}

long long after(const char *name) { return ticks_ms() + (long long)(atof(option(name)) * 1000); }

void set_option(char *word)
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

void set_broker(void)  /* broker=HOST:PORT is short for host and port */
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
