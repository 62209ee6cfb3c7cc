#pragma once
#include "host.h"

// Functions of the library `coroutine`, which tell the signal handler what runs and pass an interrupt on.

/// Resumes `co` with the `count` values on the top of the stack. Leaves its results there and returns their number, or
/// leaves the error and returns -1.
static inline int lunette_run_coroutine(lua_State *L, lua_State *co, int count) {
    lunette_host *host = lunette_host_of(L);
    if (!lua_checkstack(co, count)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, count);
    int results = 0;
    host->running = co;
    int status = lua_resume(co, L, count, &results);
    host->running = L;
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        if (host->interrupted()) return lunette_pass_interrupt(L);
        if (status == LUA_ERRMEM) host->explain(L);
        return -1;
    }
    if (host->interrupted()) {
        lua_pop(co, results);
        return lunette_raise_interrupt(L, 1);
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static inline int lunette_resume(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);
    if (!co) return luaL_typeerror(L, 1, "thread");
    int results = lunette_run_coroutine(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    lua_insert(L, results >= 0 ? -results - 1 : -2);
    return results >= 0 ? results + 1 : 2;
}

/// The function that `coroutine.wrap` returns.
static inline int lunette_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, LUNETTE_UPVALUE);
    int results = lunette_run_coroutine(L, co, lua_gettop(L));
    if (results >= 0) return results;
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        lunette_host *host = lunette_host_of(L);
        // The error goes back to the coroutine: its to-be-closed variables get it, and may replace it by their own.
        lua_xmove(L, co, 1);
        host->running = co;
        status = lua_resetthread(co);
        host->running = L;
        lua_xmove(co, L, 1);
        if (host->interrupted()) return lunette_pass_interrupt(L);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static inline int lunette_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, lunette_wrapped, 1);
    return 1;
}

static inline int lunette_close(lua_State *L) {
    lunette_host *host = lunette_host_of(L);
    lua_State *co = lua_tothread(L, 1);
    if (co && lua_status(co) == LUA_YIELD) host->running = co;
    int results = lunette_original(L);
    host->running = L;
    return host->interrupted() ? lunette_raise_interrupt(L, 1) : results;
}
