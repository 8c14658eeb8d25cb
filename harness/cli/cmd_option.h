/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options on a command's line; a misspelt one is answered with what was meant. */
#ifndef RXLAB_CMD_OPTION_H
#define RXLAB_CMD_OPTION_H

#include <getopt.h>

/* getopt_long() of long options only: the next one's val, or -1 at the end. '?' after it has complained on stderr, so no
 * val may be '?' or ':'. */
int cmd_option(int argc, char **argv, const struct option *known);
/* Complains of a word that the command does not take: "unexpected '--jsno', did you mean '--json'?". known: the words that
 * it takes, NULL at the end. Returns EXIT_USAGE. */
int cmd_unexpected(const char *command, const char *word, const char *const *known);
/* ", did you mean 'WORD'?", or "" where none of the known words is near. A buffer of its own, overwritten by the next call. */
const char *cmd_meant(const char *word, const char *const *known);

#endif
