message(FATAL_ERROR "written by the set-up change")
