/* The start of the hub, and its loop.
 *
 *     hub HUB FOLDER [OPTION=VALUE ...]
 *
 * HUB is the number on the label (8 upper-case hex digits). FOLDER keeps hardware.json (the hardware, changed by
 * `actuate`) and memory.json (the flash). The options are in options.c. SIGTERM and Ctrl-C end it in order.
 * It prints one line of JSON whenever its display changes.
 */
#include "hub.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal_) { (void)signal_; stopped = 1; }

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
        set_clock_ahead(number(board, "clock_ahead_s"));
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
