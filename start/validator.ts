import { RequestValidator } from '@adonisjs/core/http'

/** What is wrong with an input is said in the reader's language: resources/lang/*\/validator.json. */
RequestValidator.messagesProvider = ({ i18n }) => i18n.createMessagesProvider()
