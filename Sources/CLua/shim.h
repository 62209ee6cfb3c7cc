#pragma once
#include <lua5.4/lua.h>
#include <lua5.4/lauxlib.h>
#include <lua5.4/lualib.h>

#include "host.h"
#include "protect.h"
#include "object.h"
#include "library.h"
