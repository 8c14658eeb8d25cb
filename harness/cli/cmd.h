/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the rxlab program. Each gets its own words (argv[0] is
 * "rxlab NAME") and returns the exit status: 0 ok, 1 failed, 2 usage,
 * 130 interrupted. Results go to stdout, everything else to stderr.
 */
#ifndef RXLAB_CMD_H
#define RXLAB_CMD_H

#include <stdio.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130

int cmd_audit(int argc, char **argv);
int cmd_bisect(int argc, char **argv);
int cmd_bisect_step(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_fate(int argc, char **argv);
int cmd_kernels(int argc, char **argv);
int cmd_lab(int argc, char **argv);
int cmd_latency(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_meters(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_profile(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_rescore(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_trial(int argc, char **argv);
int cmd_tune(int argc, char **argv);

/* Prints "COMMAND: message" and where help is to stderr; returns EXIT_USAGE. */
int cmd_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints "COMMAND: message" to stderr; returns 1. */
int cmd_failed(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Is this the word for help? Then prints help to stdout. */
int cmd_help(const char *word, const char *help);
/* Runs a script of the project's folder, a file's name there, with the command's arguments; its exit status. */
int cmd_script(int argc, char **argv, const char *name);
/* The project's folder, where its scripts are too. malloc'd; NULL and errno. */
char *cmd_home(void);

#endif
