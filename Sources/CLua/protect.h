#pragma once
#include "host.h"

// Functions of Lua's API that can raise, as they allocate or call metamethods, in a form that Swift may call: each
// takes its operands from the stack, as the API function does, and returns a status; after an error, the error value is
// on the top of the stack.

/// Calls `function` with the `arguments` values on the top of the stack.
static inline int lunette_protect(lua_State *L, lua_CFunction function, int arguments, int results) {
    if (!lua_checkstack(L, 4)) {
        lua_pop(L, arguments);
        lunette_push_memory_message(L);
        return LUA_ERRMEM;
    }
    lua_pushcfunction(L, function);
    lua_insert(L, -1 - arguments);
    return lua_pcall(L, arguments, results, 0);
}

typedef struct {
    const char *start;
    size_t count;
} lunette_bytes;

static inline int lunette_do_push_bytes(lua_State *L) {
    const lunette_bytes *bytes = lua_touserdata(L, 1);
    lua_pushlstring(L, bytes->start, bytes->count);
    return 1;
}

/// Pushes a string.
static inline int lunette_push_bytes(lua_State *L, const char *start, size_t count) {
    lunette_bytes bytes = {start, count};
    if (!lua_checkstack(L, 4)) {
        lunette_push_memory_message(L);
        return LUA_ERRMEM;
    }
    lua_pushcfunction(L, lunette_do_push_bytes);
    lua_pushlightuserdata(L, &bytes);
    return lua_pcall(L, 1, 1, 0);
}

static inline int lunette_do_new_table(lua_State *L) {
    lua_createtable(L, (int)lua_tointeger(L, 1), (int)lua_tointeger(L, 2));
    return 1;
}

/// Pushes a table with room for `array` list elements and `hash` others.
static inline int lunette_new_table(lua_State *L, int array, int hash) {
    if (!lua_checkstack(L, 4)) {
        lunette_push_memory_message(L);
        return LUA_ERRMEM;
    }
    lua_pushinteger(L, array);
    lua_pushinteger(L, hash);
    return lunette_protect(L, lunette_do_new_table, 2, 1);
}

static inline int lunette_do_rawset(lua_State *L) {
    lua_rawset(L, 1);
    return 0;
}

/// table, key, value -> nothing
static inline int lunette_rawset(lua_State *L) { return lunette_protect(L, lunette_do_rawset, 3, 0); }

static inline int lunette_do_gettable(lua_State *L) {
    lua_gettable(L, 1);
    return 1;
}

/// value, key -> field, with metamethods
static inline int lunette_gettable(lua_State *L) { return lunette_protect(L, lunette_do_gettable, 2, 1); }

static inline int lunette_do_settable(lua_State *L) {
    lua_settable(L, 1);
    return 0;
}

/// value, key, field -> nothing, with metamethods
static inline int lunette_settable(lua_State *L) { return lunette_protect(L, lunette_do_settable, 3, 0); }

static inline int lunette_do_next(lua_State *L) {
    if (lua_next(L, 1)) return 2;
    lua_pushnil(L);
    lua_pushnil(L);
    return 2;
}

/// table, key -> the next key (nil at the end) and its value
static inline int lunette_next(lua_State *L) { return lunette_protect(L, lunette_do_next, 2, 2); }

static inline int lunette_do_length(lua_State *L) {
    lua_len(L, 1);
    return 1;
}

/// value -> its length, with metamethods
static inline int lunette_length(lua_State *L) { return lunette_protect(L, lunette_do_length, 1, 1); }

static inline int lunette_do_tostring(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/// value -> the string that `tostring` makes of it
static inline int lunette_tostring(lua_State *L) { return lunette_protect(L, lunette_do_tostring, 1, 1); }

static inline int lunette_do_reference(lua_State *L) {
    lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
    return 1;
}

/// value -> a number under which the registry keeps it
static inline int lunette_reference(lua_State *L) { return lunette_protect(L, lunette_do_reference, 1, 1); }

static inline int lunette_do_load_file(lua_State *L) {
    const char *path = lua_touserdata(L, 1);
    lua_settop(L, 0);
    if (luaL_loadfilex(L, path, "t") != LUA_OK) return lua_error(L);
    return 1;
}

/// Compiles the text of a file (the standard input for NULL), and pushes the function.
static inline int lunette_load_file(lua_State *L, const char *path) {
    lua_pushlightuserdata(L, (void *)path);
    return lunette_protect(L, lunette_do_load_file, 1, 1);
}

static inline int lunette_do_error_text(lua_State *L) {
    if (lua_type(L, 1) == LUA_TSTRING || lua_type(L, 1) == LUA_TNUMBER)
        lua_tostring(L, 1);
    else if (!luaL_callmeta(L, 1, "__tostring") || lua_type(L, -1) != LUA_TSTRING)
        lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    return 1;
}

/// error value -> the text that is shown for it
static inline int lunette_error_text(lua_State *L) { return lunette_protect(L, lunette_do_error_text, 1, 1); }

/// The key in the registry of the traceback of the last error that reached the top level.
static inline void *lunette_traceback_key(lua_State *L) { return &lunette_host_of(L)->context; }

/// The message handler of calls from the top level: keeps the traceback, and leaves the error as it is.
static inline int lunette_message_handler(lua_State *L) {
    luaL_traceback(L, L, NULL, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, lunette_traceback_key(L));
    return 1;
}
