#pragma once
#include "object.h"

// Finalisers of scripts' tables. Lua turns hooks off while its collector calls a finaliser, so that no interrupt would
// reach it, and it looks the finaliser up in the metatable, where it cannot be replaced. So a userdata beside the table
// is marked for finalisation instead, and its finaliser calls the table's. A table with weak keys keeps the userdata
// alive as long as the table; the userdata refers to the table, so that both are found unreachable in the same cycle.

/// The registry key of the table that maps each table marked for finalisation to its userdata.
static inline void *lunette_finalizers_key(lua_State *L) { return &lunette_host_of(L)->depth; }

/// The registry key of the metatable of these userdata.
static inline void *lunette_finalizer_key(lua_State *L) { return (void *)&lunette_host_of(L)->running; }

/// table -> nothing: calls the finaliser that the table has now, which cannot yield across this call.
static inline int lunette_call_finalizer(lua_State *L) {
    luaL_getmetafield(L, 1, "__gc");
    lua_insert(L, 1);
    lua_call(L, 1, 0);
    return 0;
}

/// Finalises the table that the userdata stands for, in a coroutine, where hooks are on.
static inline int lunette_finalize(lua_State *L) {
    lua_settop(L, 1);
    lua_getiuservalue(L, 1, 1);
    // From here on the table can be marked again.
    lua_rawgetp(L, LUA_REGISTRYINDEX, lunette_finalizers_key(L));
    lua_pushvalue(L, 2);
    lua_pushnil(L);
    lua_rawset(L, 3);
    int type = luaL_getmetafield(L, 2, "__gc");
    if (type == LUA_TNIL) return 0;
    if (type != LUA_TFUNCTION && !luaL_getmetafield(L, -1, "__call"))
        return luaL_error(L, "attempt to call a %s value (metamethod '__gc')", lua_typename(L, type));
    lua_State *co = lua_newthread(L);
    lua_pushcfunction(co, lunette_call_finalizer);
    lua_pushvalue(L, 2);
    lua_xmove(L, co, 1);
    lunette_host *host = lunette_host_of(L);
    int ignored = 0;
    host->running = co;
    int status = lua_resume(co, L, 1, &ignored);
    host->running = L;
    // The collector swallows the finaliser's error, so the code that the collection interrupted has to be stopped, too.
    if (host->interrupted()) lua_sethook(L, lunette_hook, LUA_MASKCOUNT, 1);
    if (status == LUA_OK || status == LUA_YIELD) return 0;
    lua_xmove(co, L, 1);
    return lua_error(L);
}

/// `setmetatable` and `debug.setmetatable`: a table gets its metatable while `__gc` is taken out of it, so that Lua
/// does not mark the table itself.
static inline int lunette_setmetatable(lua_State *L) {
    if (lua_type(L, 1) != LUA_TTABLE || lua_type(L, 2) != LUA_TTABLE) return lunette_original(L);
    lua_settop(L, 2);
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) == LUA_TNIL || luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        lua_settop(L, 2);
        return lunette_original(L);
    }
    // All that allocates is done first, so that neither a collection nor an error can come while `__gc` is away.
    lua_rawgetp(L, LUA_REGISTRYINDEX, lunette_finalizers_key(L));
    lua_pushvalue(L, 1);
    if (lua_rawget(L, 4) == LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_newuserdatauv(L, 0, 1);
        lua_pushvalue(L, 1);
        lua_setiuservalue(L, -2, 1);
        lua_rawgetp(L, LUA_REGISTRYINDEX, lunette_finalizer_key(L));
        lua_setmetatable(L, -2);
        lua_rawset(L, 4);
    }
    lua_settop(L, 4);
    lua_pushliteral(L, "__gc");
    lua_pushvalue(L, 3);
    lua_pushliteral(L, "__gc");
    lua_pushnil(L);
    lua_rawset(L, 2);
    lua_pushvalue(L, 2);
    lua_setmetatable(L, 1);
    lua_rawset(L, 2);
    lua_settop(L, 1);
    return 1;
}

/// Makes the table of the userdata that stand for tables, and their metatable.
static inline void lunette_make_finalizers(lua_State *L) {
    lunette_push_weak_table(L, "k");
    lua_rawsetp(L, LUA_REGISTRYINDEX, lunette_finalizers_key(L));
    lua_newtable(L);
    lua_pushcfunction(L, lunette_finalize);
    lua_setfield(L, -2, "__gc");
    lua_rawsetp(L, LUA_REGISTRYINDEX, lunette_finalizer_key(L));
}
