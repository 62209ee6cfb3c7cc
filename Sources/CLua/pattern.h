#pragma once
#include <ctype.h>
#include "host.h"

// Lua's patterns (section 6.4.1 of the manual), matched by steps that an interrupt can stop: the library's own matcher
// may take hours over one call. Results, limits and messages are Lua's.

/// As many captures as Lua's library takes.
#define LUNETTE_MOST_CAPTURES 32
/// The length of a capture whose parenthesis is still open, and of one that is a position.
#define LUNETTE_OPEN (-1)
#define LUNETTE_POSITION (-2)
/// As many calls within calls as Lua's library takes.
#define LUNETTE_MOST_CALLS 200

/// A match that is under way.
typedef struct {
    lua_State *L;
    const char *subject, *subject_end, *pattern_end;
    int calls;
    unsigned steps;
    int count;
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[LUNETTE_MOST_CAPTURES];
} lunette_matcher;

/// Counts a step of a long loop; every 4096 steps, a pending interrupt is raised.
static inline void lunette_step(lua_State *L, unsigned *steps) {
    if ((++*steps & 0xFFF) == 0 && lunette_host_of(L)->interrupted()) lunette_raise_interrupt(L, 1);
}

static inline bool lunette_in_class(unsigned char c, unsigned char name) {
    bool is;
    switch (tolower(name)) {
        case 'a': is = isalpha(c); break;
        case 'c': is = iscntrl(c); break;
        case 'd': is = isdigit(c); break;
        case 'g': is = isgraph(c); break;
        case 'l': is = islower(c); break;
        case 'p': is = ispunct(c); break;
        case 's': is = isspace(c); break;
        case 'u': is = isupper(c); break;
        case 'w': is = isalnum(c); break;
        case 'x': is = isxdigit(c); break;
        case 'z': is = c == 0; break;
        default: return name == c;
    }
    return isupper(name) ? !is : is;
}

/// Where the single item (a character, a class or a set) that begins at `p` ends.
static inline const char *lunette_item_end(lunette_matcher *m, const char *p) {
    if (*p == '%') {
        if (p + 1 == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 2;
    }
    if (*p != '[') return p + 1;
    p += p[1] == '^' ? 2 : 1;
    // A closing bracket that comes first belongs to the set.
    for (bool first = true; first || *p != ']'; first = false) {
        if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        p += *p == '%' && p + 1 < m->pattern_end ? 2 : 1;
    }
    return p + 1;
}

/// Whether `c` is in the set from the bracket at `p` to the one at `last`.
static inline bool lunette_in_set(unsigned char c, const char *p, const char *last) {
    bool negated = p[1] == '^';
    for (p += negated ? 2 : 1; p < last; p++) {
        if (*p == '%') {
            if (lunette_in_class(c, (unsigned char)*++p)) return !negated;
        } else if (p[1] == '-' && p + 2 < last) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) return !negated;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return !negated;
        }
    }
    return negated;
}

/// Whether the character at `s` matches the item from `p` to `end`.
static inline bool lunette_fits(lunette_matcher *m, const char *s, const char *p, const char *end) {
    if (s >= m->subject_end) return false;
    lunette_step(m->L, &m->steps);
    unsigned char c = (unsigned char)*s;
    switch (*p) {
        case '.': return true;
        case '%': return lunette_in_class(c, (unsigned char)p[1]);
        case '[': return lunette_in_set(c, p, end - 1);
        default: return (unsigned char)*p == c;
    }
}

static inline const char *lunette_match(lunette_matcher *m, const char *s, const char *p);

/// %bxy, whose characters x and y are at `p`: where the balanced part that begins at `s` ends; NULL where there is
/// none.
static inline const char *lunette_balanced(lunette_matcher *m, const char *s, const char *p) {
    if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->subject_end || *s != p[0]) return NULL;
    int depth = 1;
    while (++s < m->subject_end) {
        lunette_step(m->L, &m->steps);
        if (*s == p[1]) {
            if (--depth == 0) return s + 1;
        } else if (*s == p[0]) {
            depth++;
        }
    }
    return NULL;
}

/// Matches the item as often as possible, then less often, until the rest of the pattern fits.
static inline const char *lunette_longest(lunette_matcher *m, const char *s, const char *p, const char *end) {
    ptrdiff_t count = 0;
    while (lunette_fits(m, s + count, p, end)) count++;
    for (; count >= 0; count--) {
        const char *found = lunette_match(m, s + count, end + 1);
        if (found) return found;
    }
    return NULL;
}

/// Matches the item only as often as the rest of the pattern needs to fit.
static inline const char *lunette_shortest(lunette_matcher *m, const char *s, const char *p, const char *end) {
    while (true) {
        const char *found = lunette_match(m, s, end + 1);
        if (found) return found;
        if (!lunette_fits(m, s++, p, end)) return NULL;
    }
}

static inline const char *lunette_begin_capture(lunette_matcher *m, const char *s, const char *p, ptrdiff_t length) {
    if (m->count >= LUNETTE_MOST_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->count].start = s;
    m->captures[m->count++].length = length;
    const char *found = lunette_match(m, s, p);
    if (!found) m->count--;
    return found;
}

static inline const char *lunette_end_capture(lunette_matcher *m, const char *s, const char *p) {
    int last = m->count - 1;
    while (last >= 0 && m->captures[last].length != LUNETTE_OPEN) last--;
    if (last < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[last].length = s - m->captures[last].start;
    const char *found = lunette_match(m, s, p);
    if (!found) m->captures[last].length = LUNETTE_OPEN;
    return found;
}

/// %1 to %9: where the captured text ends if it stands at `s` again; NULL where it does not.
static inline const char *lunette_repeated(lunette_matcher *m, const char *s, char digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->count || m->captures[index].length == LUNETTE_OPEN)
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    size_t length = (size_t)m->captures[index].length;
    if ((size_t)(m->subject_end - s) < length || memcmp(m->captures[index].start, s, length) != 0) return NULL;
    // A long comparison counts as many steps.
    if (length > 0xFFF) m->steps |= 0xFFF;
    return s + length;
}

/// %f[set], whose set is at `p`: whether the character at `s` is in the set, and the one before it is not.
static inline bool lunette_frontier(lunette_matcher *m, const char *s, const char *p, const char *end) {
    unsigned char before = s == m->subject ? 0 : (unsigned char)s[-1];
    unsigned char here = s == m->subject_end ? 0 : (unsigned char)*s;
    return !lunette_in_set(before, p, end - 1) && lunette_in_set(here, p, end - 1);
}

/// The end of the match that begins at `s`, of the pattern from `p` on; NULL where there is none.
static inline const char *lunette_match(lunette_matcher *m, const char *s, const char *p) {
    if (m->calls-- == 0) luaL_error(m->L, "pattern too complex");
    bool done = false;
    while (s && !done && p != m->pattern_end) {
        lunette_step(m->L, &m->steps);
        done = true;
        if (*p == '(') {
            bool position = p[1] == ')';
            s = lunette_begin_capture(m, s, p + (position ? 2 : 1), position ? LUNETTE_POSITION : LUNETTE_OPEN);
        } else if (*p == ')') {
            s = lunette_end_capture(m, s, p + 1);
        } else if (*p == '$' && p + 1 == m->pattern_end) {
            if (s != m->subject_end) s = NULL;
        } else if (*p == '%' && p[1] == 'b') {
            s = lunette_balanced(m, s, p + 2);
            p += 4;
            done = false;
        } else if (*p == '%' && p[1] == 'f') {
            p += 2;
            if (*p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
            const char *end = lunette_item_end(m, p);
            if (!lunette_frontier(m, s, p, end)) s = NULL;
            p = end;
            done = false;
        } else if (*p == '%' && isdigit((unsigned char)p[1])) {
            s = lunette_repeated(m, s, p[1]);
            p += 2;
            done = false;
        } else {
            const char *end = lunette_item_end(m, p);
            bool fits = lunette_fits(m, s, p, end);
            if (!fits && (*end == '*' || *end == '?' || *end == '-')) {
                p = end + 1;
                done = false;
                continue;
            }
            switch (*end) {
                case '*': s = lunette_longest(m, s, p, end); break;
                case '+': s = fits ? lunette_longest(m, s + 1, p, end) : NULL; break;
                case '-': s = lunette_shortest(m, s, p, end); break;
                case '?': {
                    const char *found = lunette_match(m, s + 1, end + 1);
                    if (found) {
                        s = found;
                    } else {
                        p = end + 1;
                        done = false;
                    }
                    break;
                }
                default:
                    s = fits ? s + 1 : NULL;
                    p = end;
                    done = false;
            }
        }
    }
    m->calls++;
    return s;
}

/// The end of the match that begins at `s`, with captures counted anew; NULL where there is none.
static inline const char *lunette_match_at(lunette_matcher *m, const char *s, const char *p) {
    m->count = 0;
    m->calls = LUNETTE_MOST_CALLS;
    return lunette_match(m, s, p);
}
