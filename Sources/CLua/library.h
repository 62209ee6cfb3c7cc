#pragma once
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include "coroutine_library.h"
#include "finalizers.h"
#include "process_library.h"
#include "string_library.h"
#include "table_library.h"

// Replacements for functions of the standard library that would swallow an interrupt or run long without hearing it, run
// another coroutine without the signal handler knowing of it, end the process, load bytecode, choose the generational
// collector, or change how numbers are written.

/// The results of `pcall` and `xpcall`; the first `offset` values of the stack are not among them.
static inline int lunette_protected_results(lua_State *L, int status, lua_KContext offset) {
    lunette_host *host = lunette_host_of(L);
    host->running = L;
    bool failed = status != LUA_OK && status != LUA_YIELD;
    if (host->interrupted()) return failed ? lunette_pass_interrupt(L) : lunette_raise_interrupt(L, 1);
    if (!failed) return lua_gettop(L) - (int)offset;
    if (status == LUA_ERRMEM) host->explain(L);
    lua_pushboolean(L, false);
    lua_insert(L, -2);
    return 2;
}

static inline int lunette_pcall(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, true);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, lunette_protected_results);
    return lunette_protected_results(L, status, 0);
}

static inline int lunette_xpcall(lua_State *L) {
    int arguments = lua_gettop(L) - 2;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushboolean(L, true);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcallk(L, arguments, LUA_MULTRET, 2, 2, lunette_protected_results);
    return lunette_protected_results(L, status, 2);
}

/// Makes argument `index`, a mode such as "bt", one that admits text only.
static inline void lunette_text_only(lua_State *L, int index) {
    const char *mode = luaL_optstring(L, index, "t");
    if (lua_gettop(L) < index) lua_settop(L, index);
    lua_pushstring(L, strchr(mode, 't') ? "t" : "");
    lua_replace(L, index);
}

/// The text of `load`, a piece at a time, so that an interrupt can stop the reading of a long one.
static inline const char *lunette_next_piece(lua_State *L, void *context, size_t *count) {
    lunette_bytes *rest = context;
    if (lunette_host_of(L)->interrupted()) lunette_raise_interrupt(L, 1);
    const char *start = rest->start;
    *count = rest->count < 65536 ? rest->count : 65536;
    rest->start += *count;
    rest->count -= *count;
    return *count > 0 ? start : NULL;
}

static inline int lunette_load(lua_State *L) {
    lunette_text_only(L, 3);
    if (lua_type(L, 1) != LUA_TSTRING) {
        int results = lunette_original(L);
        return lunette_host_of(L)->interrupted() ? lunette_raise_interrupt(L, 1) : results;
    }
    lunette_bytes text;
    text.start = lua_tolstring(L, 1, &text.count);
    const char *name = luaL_optstring(L, 2, text.start);
    bool has_environment = !lua_isnone(L, 4);
    int status = lua_load(L, lunette_next_piece, &text, name, lua_tostring(L, 3));
    if (lunette_host_of(L)->interrupted()) return lunette_raise_interrupt(L, 1);
    if (status != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_environment) {
        lua_pushvalue(L, 4);
        if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    }
    return 1;
}

static inline int lunette_loadfile(lua_State *L) {
    lunette_text_only(L, 2);
    return lunette_original(L);
}

static inline int lunette_file_results(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    return lua_gettop(L) - 1;
}

static inline int lunette_dofile(lua_State *L) {
    const char *path = luaL_optstring(L, 1, NULL);
    lua_settop(L, 1);
    if (luaL_loadfilex(L, path, "t") != LUA_OK) return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, lunette_file_results);
    return lunette_file_results(L, LUA_OK, 0);
}

/// The searcher that `require` finds Lua files with; its upvalue is the table `package`.
static inline int lunette_search_file(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    lua_getfield(L, LUNETTE_UPVALUE, "searchpath");
    lua_pushvalue(L, 1);
    if (lua_getfield(L, LUNETTE_UPVALUE, "path") != LUA_TSTRING)
        return luaL_error(L, "'package.path' must be a string");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) return 1;
    lua_pop(L, 1);
    const char *path = lua_tostring(L, -1);
    if (luaL_loadfilex(L, path, "t") != LUA_OK)
        return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, path, lua_tostring(L, -1));
    lua_insert(L, -2);
    return 2;
}

/// `print`, with an error where the standard output does not take the text.
static inline int lunette_print(lua_State *L) {
    int count = lua_gettop(L);
    errno = 0;
    bool failed = false;
    for (int i = 1; i <= count; i++) {
        size_t length;
        const char *text = luaL_tolstring(L, i, &length);
        if (i > 1) failed |= fputc('\t', stdout) == EOF;
        failed |= fwrite(text, 1, length, stdout) != length;
        lua_pop(L, 1);
    }
    failed |= fputc('\n', stdout) == EOF;
    failed |= fflush(stdout) != 0;
    if (!failed) return 0;
    int reason = errno;
    clearerr(stdout);
    return luaL_error(L, "standard output: %s", strerror(reason));
}

static inline int lunette_collectgarbage(lua_State *L) {
    const char *option = luaL_optstring(L, 1, "collect");
    if (strcmp(option, "generational") != 0) return lunette_original(L);
    lua_pushliteral(L, "incremental");
    return 1;
}

/// `os.setlocale` gives nil, and changes nothing, where numbers would get another decimal point: files, figures and
/// tables are written by the same functions.
static inline int lunette_setlocale(lua_State *L) {
    lua_settop(L, 2);
    lua_pushstring(L, setlocale(LC_ALL, NULL));
    int results = lunette_original(L);
    if (strcmp(localeconv()->decimal_point, ".") == 0) return results;
    setlocale(LC_ALL, lua_tostring(L, 3));
    lua_pushnil(L);
    return 1;
}

/// `os.exit`: ends the process, or stops the script where the host asks for that.
static inline int lunette_exit(lua_State *L) {
    int status = lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : (int)luaL_optinteger(L, 1, 0);
    if (lunette_host_of(L)->leave(L, status)) return lunette_raise_interrupt(L, 1);
    return lunette_original(L);
}

/// Puts `replacement` in the place of the function `name` of the table at `index`.
static inline void lunette_replace(lua_State *L, int index, const char *name, lua_CFunction replacement) {
    index = lua_absindex(L, index);
    lua_getfield(L, index, name);
    lua_pushcclosure(L, replacement, 1);
    lua_setfield(L, index, name);
}

/// The functions that replace the library's own.
static const struct {
    const char *library, *name;
    lua_CFunction function;
} lunette_replacements[] = {
    {LUA_GNAME, "pcall", lunette_pcall},
    {LUA_GNAME, "xpcall", lunette_xpcall},
    {LUA_GNAME, "setmetatable", lunette_setmetatable},
    {LUA_GNAME, "load", lunette_load},
    {LUA_GNAME, "loadfile", lunette_loadfile},
    {LUA_GNAME, "dofile", lunette_dofile},
    {LUA_GNAME, "print", lunette_print},
    {LUA_GNAME, "collectgarbage", lunette_collectgarbage},
    {LUA_COLIBNAME, "resume", lunette_resume},
    {LUA_COLIBNAME, "wrap", lunette_wrap},
    {LUA_COLIBNAME, "close", lunette_close},
    {LUA_STRLIBNAME, "find", lunette_find},
    {LUA_STRLIBNAME, "match", lunette_string_match},
    {LUA_STRLIBNAME, "gmatch", lunette_gmatch},
    {LUA_STRLIBNAME, "gsub", lunette_gsub},
    {LUA_STRLIBNAME, "rep", lunette_rep},
    {LUA_TABLIBNAME, "insert", lunette_insert},
    {LUA_TABLIBNAME, "remove", lunette_remove},
    {LUA_TABLIBNAME, "move", lunette_move},
    {LUA_TABLIBNAME, "concat", lunette_concat},
    {LUA_TABLIBNAME, "sort", lunette_sort},
    {LUA_OSLIBNAME, "execute", lunette_execute},
    {LUA_OSLIBNAME, "exit", lunette_exit},
    {LUA_OSLIBNAME, "setlocale", lunette_setlocale},
    {LUA_IOLIBNAME, "popen", lunette_popen},
    {LUA_IOLIBNAME, "read", lunette_read_input},
    {LUA_IOLIBNAME, "lines", lunette_lines},
    {LUA_IOLIBNAME, "write", lunette_write},
    {LUA_DBLIBNAME, "setmetatable", lunette_setmetatable},
};

/// Opens the standard library, with the replacements; to be called through `lunette_protect` with whether the
/// environment's LUA_PATH and LUA_CPATH are to be ignored.
static inline int lunette_do_open_libraries(lua_State *L) {
    if (lua_toboolean(L, 1)) {
        lua_pushboolean(L, true);
        lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    }
    luaL_openlibs(L);
    for (size_t i = 0; i < sizeof lunette_replacements / sizeof *lunette_replacements; i++) {
        lua_getglobal(L, lunette_replacements[i].library);
        lunette_replace(L, -1, lunette_replacements[i].name, lunette_replacements[i].function);
        lua_pop(L, 1);
    }
    luaL_getmetatable(L, LUA_FILEHANDLE);
    lua_getfield(L, -1, "__index");
    lua_getfield(L, -1, "read");
    lua_setfield(L, LUA_REGISTRYINDEX, LUNETTE_ORIGINAL_READ);
    lunette_replace(L, -1, "read", lunette_read_file);
    lunette_replace(L, -1, "lines", lunette_lines);
    lunette_replace(L, -1, "write", lunette_write);
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_getfield(L, -1, "searchers");
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, lunette_search_file, 1);
    lua_rawseti(L, -2, 2);
    // The table in which a userdata is found again by its object, for as long as the script holds it.
    lunette_push_weak_table(L, "v");
    lua_rawsetp(L, LUA_REGISTRYINDEX, lunette_cache_key(L));
    lunette_make_finalizers(L);
    return 0;
}
