#include "hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long ms_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static long long ahead_ms;

void set_clock_ahead(double seconds) { ahead_ms = (long long)(seconds * 1000); }
long long now_ms(void) { return ms_of(CLOCK_REALTIME) + ahead_ms; }
long long ticks_ms(void) { return ms_of(CLOCK_MONOTONIC); }

char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *found = NULL;
    size_t size = 0, room = 0, got;
    do {
        if (size + 4097 > room) {
            room = size + 8192;
            char *more = realloc(found, room);
            if (!more)
                abort();
            found = more;
        }
        got = fread(found + size, 1, 4096, file);
        size += got;
    } while (got);
    found[size] = '\0';
    fclose(file);
    return found;
}

bool replace_file(const char *path, const char *text_)
{
    char draft[600];
    snprintf(draft, sizeof draft, "%s.new", path);
    FILE *file = fopen(draft, "wb");
    if (!file)
        return false;
    bool written = fputs(text_, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    written = fclose(file) == 0 && written;
    return written && rename(draft, path) == 0;
}
