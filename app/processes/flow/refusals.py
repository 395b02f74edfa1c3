"""What is said when a move is refused."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

NOT_RUNNING = _l("This case is not running.")
NOT_OPEN = _l("This task is not open any more.")
NOT_YOURS = _l("This task is not yours.")
IS_CLAIMED = _l("Somebody else has claimed this task.")
NOT_POOL = _l("Only a task claimed from a pool can be released.")
STARTER_BARRED = _l("Who started the case may not approve it at this step.")
STILL_DRAFT = _l("This case has not been sent yet.")
IS_LENT = _l("This task was delegated to you. Say your opinion; it then goes back.")
NO_RETURN = _l("This step may not send the case back there.")
NOT_LIVING = _l("Choose somebody with an open account.")
TO_ONESELF = _l("Choose somebody else than yourself.")
HAS_SEAT = _l("This person signs at this step already.")
FIRST_STEP = _l("Whoever started the case does this step themselves.")
NOT_ADDED = _l("Only a signer you added, and who was not heard yet, can be removed.")
TOO_LATE_TO_WITHDRAW = _l("Others have acted already. The case cannot be withdrawn any more.")
NOT_STARTER = _l("Only who started the case can withdraw it.")
TOO_LATE = _l("The next one has claimed the task or acted already. Your decision cannot be taken back any more.")
NOT_DRAFT = _l("Only a draft can be given up.")
NOT_STARTER_REMINDS = _l("Only the starter, a manager or the process owner can remind.")
NOBODY_TO_REMIND = _l("Nobody has this task yet, so nobody can be reminded.")
NOT_OWNER = _l("Only the process owner can give a task to somebody else.")
NOT_MANAGER = _l("Only a manager can cancel a case.")
