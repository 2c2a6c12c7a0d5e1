#include "hub.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const SERVICES[] = {"not_available", "activation_required", "active", "expiring"};

double number(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(found) ? found->valuedouble : 0;
}

const char *text(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(found) ? found->valuestring : "";
}

bool flag(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static bool refuse(Refusal *refusal, const char *rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    refusal->rule = rule;
    vsnprintf(refusal->text, sizeof refusal->text, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_utf8(const unsigned char *at, int size)
{
    for (int i = 0; i < size;) {
        int more = at[i] < 0x80 ? 0 : (at[i] & 0xE0) == 0xC0 ? 1 : (at[i] & 0xF0) == 0xE0 ? 2
                                  : (at[i] & 0xF8) == 0xF0 ? 3 : -1;
        if (more < 0 || i + more >= size || (more == 1 && at[i] < 0xC2))
            return false;
        for (int k = 1; k <= more; k++)
            if ((at[i + k] & 0xC0) != 0x80)
                return false;
        i += more + 1;
    }
    return true;
}

static bool is_integer(const cJSON *item)
{
    return cJSON_IsNumber(item) && floor(item->valuedouble) == item->valuedouble;
}

/* The size, JSON, an object, then the version before everything else (MQ-10, MQ-7, MQ-9). */
static cJSON *read_object(const void *payload, int size, Refusal *refusal)
{
    refusal->rule = NULL;
    if (size > PAYLOAD_MAX) {
        refuse(refusal, "MQ-10.size_in", "more than %d bytes", PAYLOAD_MAX);
        return NULL;
    }
    const char *end = NULL;
    cJSON *document = NULL;
    if (is_utf8(payload, size))
        document = cJSON_ParseWithLengthOpts(payload, (size_t)size, &end, 0);
    while (document && end < (const char *)payload + size && strchr(" \t\r\n", *end))
        end++;
    if (!document || end != (const char *)payload + size) {
        refuse(refusal, "MQ-7.json", "not JSON in UTF-8");
    } else if (!cJSON_IsObject(document)) {
        refuse(refusal, "MQ-7.json", "not a JSON object");
    } else {
        const cJSON *version = cJSON_GetObjectItemCaseSensitive(document, "contract");
        if (version && !is_integer(version))
            refuse(refusal, "MQ-7.shape", "contract is not an integer");
        else if (version && version->valuedouble != 1)
            refuse(refusal, "MQ-9.version", "contract version %.0f, version 1 is accepted", version->valuedouble);
    }
    if (!refusal->rule)
        return document;
    cJSON_Delete(document);
    return NULL;
}

static bool need_text(const cJSON *document, const char *name, Refusal *refusal)
{
    if (cJSON_IsString(cJSON_GetObjectItemCaseSensitive(document, name)))
        return true;
    return refuse(refusal, "MQ-7.shape", "%s is missing or not a text", name);
}

static bool need_number(const cJSON *document, const char *name, double least, Refusal *refusal)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(document, name);
    if (!is_integer(found))
        return refuse(refusal, "MQ-7.shape", "%s is missing or not an integer", name);
    if (found->valuedouble < least || found->valuedouble > NUMBER_MAX)
        return refuse(refusal, "MQ-7.words", "%s is out of range", name);
    return true;
}

static bool may_be_flag(const cJSON *document, const char *name, Refusal *refusal)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(document, name);
    return !found || cJSON_IsBool(found) || refuse(refusal, "MQ-7.shape", "%s is not true or false", name);
}

static bool need_hub(const cJSON *document, const char *hub, Refusal *refusal)
{
    return strcmp(text(document, "hub"), hub) == 0 || refuse(refusal, "MQ-7.hub", "it is for another hub");
}

static bool is_service(const char *word)
{
    for (size_t i = 0; i < sizeof SERVICES / sizeof *SERVICES; i++)
        if (strcmp(word, SERVICES[i]) == 0)
            return true;
    return false;
}

static bool check_desired(const cJSON *document, const char *hub, Refusal *refusal)
{
    const cJSON *ends = cJSON_GetObjectItemCaseSensitive(document, "ends_at_ms");
    const cJSON *ping = cJSON_GetObjectItemCaseSensitive(document, "ping_s");
    if (!need_text(document, "hub", refusal) || !need_number(document, "version", 1, refusal)
        || !need_text(document, "service", refusal))
        return false;
    if (!is_service(text(document, "service")))
        return refuse(refusal, "MQ-7.words", "unknown service");
    if (ends && !cJSON_IsNull(ends) && !need_number(document, "ends_at_ms", 0, refusal))
        return false;
    if (ping && !is_integer(ping))
        return refuse(refusal, "MQ-7.shape", "ping_s is not an integer");
    return may_be_flag(document, "sim_cut_off", refusal) && may_be_flag(document, "armed", refusal)
           && need_hub(document, hub, refusal);
}

cJSON *read_desired(const void *payload, int size, const char *hub, Refusal *refusal)
{
    cJSON *document = read_object(payload, size, refusal);
    cJSON *applied = NULL;
    if (document && check_desired(document, hub, refusal)) {
        const cJSON *ends = cJSON_GetObjectItemCaseSensitive(document, "ends_at_ms");
        const cJSON *ping = cJSON_GetObjectItemCaseSensitive(document, "ping_s");
        double ping_s = ping ? ping->valuedouble : 60;
        applied = cJSON_CreateObject();
        cJSON_AddNumberToObject(applied, "version", number(document, "version"));
        cJSON_AddStringToObject(applied, "service", text(document, "service"));
        if (ends && !cJSON_IsNull(ends))
            cJSON_AddNumberToObject(applied, "ends_at_ms", ends->valuedouble);
        cJSON_AddBoolToObject(applied, "sim_cut_off", flag(document, "sim_cut_off"));
        cJSON_AddBoolToObject(applied, "armed", flag(document, "armed"));
        cJSON_AddNumberToObject(applied, "ping_s", ping_s < 10 ? 10 : ping_s > 300 ? 300 : ping_s);
    }
    cJSON_Delete(document);
    return applied;
}

cJSON *read_cloud_presence(const void *payload, int size, Refusal *refusal)
{
    cJSON *document = read_object(payload, size, refusal);
    if (!document)
        return NULL;
    if (need_number(document, "boot", 0, refusal) && need_number(document, "connection", 0, refusal)) {
        if (cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(document, "online")))
            return document;
        refuse(refusal, "MQ-7.shape", "online is missing or not true or false");
    }
    cJSON_Delete(document);
    return NULL;
}

cJSON *read_heard(const void *payload, int size, const char *hub, Refusal *refusal)
{
    cJSON *document = read_object(payload, size, refusal);
    if (document && need_number(document, "boot", 0, refusal) && need_number(document, "sequence", 0, refusal)
        && need_text(document, "hub", refusal) && need_hub(document, hub, refusal))
        return document;
    cJSON_Delete(document);
    return NULL;
}
