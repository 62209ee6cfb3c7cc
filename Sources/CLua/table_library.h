#pragma once
#include "pattern.h"

// Functions of the library `table` that may run long, in a form that an interrupt can stop.

/// Raises an error unless the argument at `index` is a table, or has the metamethods that it needs to act as one.
static inline void lunette_check_table(lua_State *L, int index, bool reads, bool writes, bool counts) {
    if (lua_type(L, index) == LUA_TTABLE) return;
    bool known = lua_getmetatable(L, index);
    const struct { bool needed; const char *name; } needs[] = {
        {reads, "__index"}, {writes, "__newindex"}, {counts, "__len"}};
    for (int need = 0; known && need < 3; need++) {
        if (!needs[need].needed) continue;
        lua_pushstring(L, needs[need].name);
        known = lua_rawget(L, -2) != LUA_TNIL;
        lua_pop(L, 1);
    }
    if (!known) luaL_checktype(L, index, LUA_TTABLE);
    lua_pop(L, 1);
}

static inline int lunette_insert(lua_State *L) {
    lunette_check_table(L, 1, true, true, true);
    lua_Integer end = (lua_Integer)((lua_Unsigned)luaL_len(L, 1) + 1), position = end;
    unsigned steps = 0;
    if (lua_gettop(L) == 3) {
        position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)position - 1u < (lua_Unsigned)end, 2, "position out of bounds");
        for (lua_Integer index = end; index > position; index--) {
            lua_geti(L, 1, index - 1);
            lua_seti(L, 1, index);
            lunette_step(L, &steps);
        }
    } else if (lua_gettop(L) != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, position);
    return 0;
}

static inline int lunette_remove(lua_State *L) {
    lunette_check_table(L, 1, true, true, true);
    lua_Integer size = luaL_len(L, 1), position = luaL_optinteger(L, 2, size);
    if (position != size)
        luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)size, 1, "position out of bounds");
    lua_geti(L, 1, position);
    unsigned steps = 0;
    for (; position < size; position++) {
        lua_geti(L, 1, position + 1);
        lua_seti(L, 1, position);
        lunette_step(L, &steps);
    }
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

static inline int lunette_move(lua_State *L) {
    lua_Integer from = luaL_checkinteger(L, 2), to = luaL_checkinteger(L, 3), place = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    lunette_check_table(L, 1, true, false, false);
    lunette_check_table(L, target, false, true, false);
    if (to >= from) {
        luaL_argcheck(L, from > 0 || to < LUA_MAXINTEGER + from, 3, "too many elements to move");
        lua_Integer count = to - from + 1;
        luaL_argcheck(L, place <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        // Where source and destination overlap, the last element is moved first.
        bool ascends = place > to || place <= from || (target != 1 && !lua_compare(L, 1, target, LUA_OPEQ));
        unsigned steps = 0;
        for (lua_Integer step = 0; step < count; step++) {
            lua_Integer offset = ascends ? step : count - 1 - step;
            lua_geti(L, 1, from + offset);
            lua_seti(L, target, place + offset);
            lunette_step(L, &steps);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

static inline int lunette_concat(lua_State *L) {
    lunette_check_table(L, 1, true, false, true);
    lua_Integer last = luaL_len(L, 1);
    size_t length;
    const char *separator = luaL_optlstring(L, 2, "", &length);
    lua_Integer index = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    unsigned steps = 0;
    while (index <= last) {
        lua_geti(L, 1, index);
        if (!lua_isstring(L, -1))
            return luaL_error(
                L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1), (LUAI_UACINT)index);
        luaL_addvalue(&buffer);
        if (index++ == last) break;
        luaL_addlstring(&buffer, separator, length);
        lunette_step(L, &steps);
    }
    luaL_pushresult(&buffer);
    return 1;
}

/// The order of `table.sort`: the function that is the first upvalue, or `<` where that is nil.
static inline int lunette_less(lua_State *L) {
    // The hook stops functions of the script; this stops sorting by `<` or by a C function, which no hook reaches.
    if (lunette_host_of(L)->interrupted()) return lunette_raise_interrupt(L, 1);
    if (lua_isnil(L, LUNETTE_UPVALUE)) {
        lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLT));
        return 1;
    }
    lua_pushvalue(L, LUNETTE_UPVALUE);
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

/// The library sorts this many elements within a tenth of a second.
#define LUNETTE_FEW_ELEMENTS 300000

static inline int lunette_sort(lua_State *L) {
    lua_CFunction original = lua_tocfunction(L, LUNETTE_UPVALUE);
    bool plain = lua_isnoneornil(L, 2), named = lua_iscfunction(L, 2);
    if (lua_type(L, 1) != LUA_TTABLE || (!plain && !named)) return original(L);
    lua_settop(L, 2);
    if (lua_rawlen(L, 1) < LUNETTE_FEW_ELEMENTS && !luaL_getmetafield(L, 1, "__len")) return original(L);
    lua_settop(L, 2);
    lua_pushcclosure(L, lunette_less, 1);
    return original(L);
}
