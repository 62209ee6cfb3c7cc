#pragma once
#include <unistd.h>
#include "pattern.h"

// Functions of the library `string` that may run long, in a form that an interrupt can stop.

/// GNU's search, linear in the length of both.
void *memmem(const void *text, size_t text_length, const void *part, size_t part_length);

/// The position from 1 that the optional argument `index` means in a string of `length` bytes.
static inline size_t lunette_start(lua_State *L, int index, size_t length) {
    lua_Integer position = luaL_optinteger(L, index, 1);
    if (position > 0) return (size_t)position;
    if (position == 0 || position < -(lua_Integer)length) return 1;
    return length + (size_t)position + 1;
}

/// A matcher of the pattern at stack index 2 on the string at 1.
static inline lunette_matcher lunette_new_matcher(lua_State *L) {
    size_t subject_length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &subject_length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    lunette_matcher matcher = {L, subject, subject + subject_length, pattern + pattern_length};
    return matcher;
}

/// The text of capture `index`, from 0, of the match from `s` to `end`; without captures, 0 is the whole match. Where
/// the capture is a position, pushes it and returns NULL.
static inline const char *lunette_capture(
    lunette_matcher *m, int index, const char *s, const char *end, size_t *length
) {
    if (index >= m->count) {
        if (index > 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        *length = (size_t)(end - s);
        return s;
    }
    ptrdiff_t found = m->captures[index].length;
    if (found == LUNETTE_OPEN) luaL_error(m->L, "unfinished capture");
    if (found == LUNETTE_POSITION) {
        lua_pushinteger(m->L, m->captures[index].start - m->subject + 1);
        return NULL;
    }
    *length = (size_t)found;
    return m->captures[index].start;
}

static inline void lunette_push_capture(lunette_matcher *m, int index, const char *s, const char *end) {
    size_t length;
    const char *text = lunette_capture(m, index, s, end, &length);
    if (text) lua_pushlstring(m->L, text, length);
}

/// Pushes all captures, or the whole match where `s` is given and there are none; returns how many.
static inline int lunette_push_captures(lunette_matcher *m, const char *s, const char *end) {
    int count = m->count == 0 && s ? 1 : m->count;
    luaL_checkstack(m->L, count, "too many captures");
    for (int index = 0; index < count; index++) lunette_push_capture(m, index, s, end);
    return count;
}

/// Whether a pattern has no special characters.
static inline bool lunette_is_plain(const char *pattern, size_t length) {
    for (size_t index = 0; index < length; index++)
        if (memchr("^$*+?.([%-", pattern[index], 10)) return false;
    return true;
}

/// string.find where `finds`, string.match otherwise.
static inline int lunette_search(lua_State *L, bool finds) {
    lunette_matcher m = lunette_new_matcher(L);
    size_t length = (size_t)(m.subject_end - m.subject), start = lunette_start(L, 3, length) - 1;
    if (start > length) {
        luaL_pushfail(L);
        return 1;
    }
    size_t pattern_length;
    const char *p = lua_tolstring(L, 2, &pattern_length), *s = m.subject + start;
    if (finds && (lua_toboolean(L, 4) || lunette_is_plain(p, pattern_length))) {
        const char *found = memmem(s, length - start, p, pattern_length);
        if (found) {
            lua_pushinteger(L, found - m.subject + 1);
            lua_pushinteger(L, found - m.subject + (lua_Integer)pattern_length);
            return 2;
        }
    } else {
        bool anchored = *p == '^';
        p += anchored;
        do {
            const char *end = lunette_match_at(&m, s, p);
            if (!end) continue;
            if (!finds) return lunette_push_captures(&m, s, end);
            lua_pushinteger(L, s - m.subject + 1);
            lua_pushinteger(L, end - m.subject);
            return lunette_push_captures(&m, NULL, NULL) + 2;
        } while (s++ < m.subject_end && !anchored);
    }
    luaL_pushfail(L);
    return 1;
}

static inline int lunette_find(lua_State *L) { return lunette_search(L, true); }

static inline int lunette_string_match(lua_State *L) { return lunette_search(L, false); }

/// How far the iterator of `gmatch` has come; its closure keeps the strings alive.
typedef struct {
    lunette_matcher matcher;
    const char *pattern, *next, *last;
} lunette_matches;

static inline int lunette_next_match(lua_State *L) {
    lunette_matches *matches = lua_touserdata(L, LUNETTE_UPVALUE - 2);
    matches->matcher.L = L;
    for (const char *s = matches->next; s <= matches->matcher.subject_end; s++) {
        const char *end = lunette_match_at(&matches->matcher, s, matches->pattern);
        if (!end || end == matches->last) continue;
        matches->next = matches->last = end;
        return lunette_push_captures(&matches->matcher, s, end);
    }
    return 0;
}

static inline int lunette_gmatch(lua_State *L) {
    lunette_matcher matcher = lunette_new_matcher(L);
    size_t length = (size_t)(matcher.subject_end - matcher.subject), start = lunette_start(L, 3, length) - 1;
    lua_settop(L, 2);
    lunette_matches *matches = lua_newuserdatauv(L, sizeof(lunette_matches), 0);
    *matches = (lunette_matches){
        matcher, lua_tostring(L, 2), matcher.subject + (start > length ? length + 1 : start), NULL};
    lua_pushcclosure(L, lunette_next_match, 3);
    return 1;
}

/// Adds the replacement text (stack index 3), with captures in the place of %0 to %9.
static inline void lunette_add_text(lunette_matcher *m, luaL_Buffer *buffer, const char *s, const char *end) {
    size_t length;
    const char *text = lua_tolstring(m->L, 3, &length), *text_end = text + length;
    for (const char *sign; (sign = memchr(text, '%', (size_t)(text_end - text))); text = sign + 2) {
        luaL_addlstring(buffer, text, (size_t)(sign - text));
        if (sign[1] == '%') {
            luaL_addchar(buffer, '%');
        } else if (sign[1] == '0') {
            luaL_addlstring(buffer, s, (size_t)(end - s));
        } else if (isdigit((unsigned char)sign[1])) {
            size_t captured;
            const char *capture = lunette_capture(m, sign[1] - '1', s, end, &captured);
            if (capture) luaL_addlstring(buffer, capture, captured);
            else luaL_addvalue(buffer);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
    }
    luaL_addlstring(buffer, text, (size_t)(text_end - text));
}

/// Adds the replacement of the match from `s` to `end`; returns false where the match itself stays.
static inline bool lunette_add_replacement(
    lunette_matcher *m, luaL_Buffer *buffer, const char *s, const char *end, int type
) {
    lua_State *L = m->L;
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, lunette_push_captures(m, s, end), 1);
    } else if (type == LUA_TTABLE) {
        lunette_push_capture(m, 0, s, end);
        lua_gettable(L, 3);
    } else {
        lunette_add_text(m, buffer, s, end);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(buffer, s, (size_t)(end - s));
        return false;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(buffer);
    return true;
}

static inline int lunette_gsub(lua_State *L) {
    lunette_matcher m = lunette_new_matcher(L);
    const char *p = lua_tostring(L, 2), *s = m.subject, *last = NULL;
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, m.subject_end - m.subject + 1), count = 0;
    luaL_argexpected(
        L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table");
    bool anchored = *p == '^', changed = false;
    p += anchored;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    while (count < most) {
        const char *end = lunette_match_at(&m, s, p);
        if (end && end != last) {
            count++;
            changed |= lunette_add_replacement(&m, &buffer, s, end, type);
            s = last = end;
        } else if (s < m.subject_end) {
            luaL_addchar(&buffer, *s++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (changed) {
        luaL_addlstring(&buffer, s, (size_t)(m.subject_end - s));
        luaL_pushresult(&buffer);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

static inline int lunette_rep(lua_State *L) {
    size_t length, separator_length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_length);
    size_t part = length + separator_length;
    if (count <= 0 || part == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (part < length || part > (size_t)LUA_MAXINTEGER / (size_t)count)
        return luaL_error(L, "resulting string too large");
    size_t total = part * (size_t)count - separator_length;
    luaL_Buffer buffer;
    char *start = luaL_buffinitsize(L, &buffer, total), *end = start;
    unsigned steps = 0;
    for (; count > 0; count--) {
        memcpy(end, text, length);
        end += length;
        if (count > 1) {
            memcpy(end, separator, separator_length);
            end += separator_length;
        }
        if (part > 0xFFF) steps |= 0xFFF;
        lunette_step(L, &steps);
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}
