// Posts the answer that a page holds for an application; its button does the same without script.
'use strict'
document.querySelector('form[data-post]')?.requestSubmit()
