import '@adonisjs/core/types/http'

type ParamValue = string | number | bigint | boolean

export type ScannedRoutes = {
  ALL: {
    'links.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.requestCode': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.confirm': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.download': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.want': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.returnTicket': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.return': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.send': { paramsTuple: [ParamValue,ParamValue]; params: {'token': ParamValue,'ticket': ParamValue} }
    'links.back': { paramsTuple: [ParamValue,ParamValue]; params: {'token': ParamValue,'action': ParamValue} }
    'health.live': { paramsTuple?: []; params?: {} }
    'health.ready': { paramsTuple?: []; params?: {} }
    'metrics': { paramsTuple?: []; params?: {} }
    'home': { paramsTuple?: []; params?: {} }
    'session.create': { paramsTuple?: []; params?: {} }
    'session.store': { paramsTuple?: []; params?: {} }
    'session.passkey_options': { paramsTuple?: []; params?: {} }
    'session.passkey': { paramsTuple?: []; params?: {} }
    'factor.show': { paramsTuple?: []; params?: {} }
    'factor.store': { paramsTuple?: []; params?: {} }
    'factor.passkey_options': { paramsTuple?: []; params?: {} }
    'factor.passkey': { paramsTuple?: []; params?: {} }
    'session.destroy': { paramsTuple?: []; params?: {} }
    'reset.create': { paramsTuple?: []; params?: {} }
    'reset.store': { paramsTuple?: []; params?: {} }
    'reset.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'reset.update': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'setup.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'setup.store': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.download': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.version': { paramsTuple: [ParamValue,ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue,'version': ParamValue} }
    'vaults.zip': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.recheck': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.release': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'archive.index': { paramsTuple?: []; params?: {} }
    'archive.show': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.headers': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.source': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.html': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.original': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.proof': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.delivered': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'delivery': ParamValue} }
    'archive.form': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'delivery': ParamValue} }
    'archive.revoke': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'link': ParamValue} }
    'archive.sendLink': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'link': ParamValue} }
    'archive.answer': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'asker': ParamValue} }
    'archive.extend': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'link': ParamValue} }
    'admin.index': { paramsTuple?: []; params?: {} }
    'admin.message': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'admin.content': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'admin.decide': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'admin.answer': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'admin.decide_many': { paramsTuple?: []; params?: {} }
    'admin.four_eyes': { paramsTuple?: []; params?: {} }
    'admin.retry': { paramsTuple: [ParamValue]; params: {'delivery': ParamValue} }
    'vaults.activity': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.activity_export': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.notify': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.announce': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.notify_choice': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.notify_again': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'notification': ParamValue} }
    'vaults.live': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'profile.notifications': { paramsTuple?: []; params?: {} }
    'profile.notifications_choose': { paramsTuple?: []; params?: {} }
    'people.index': { paramsTuple?: []; params?: {} }
    'people.set_rules': { paramsTuple?: []; params?: {} }
    'people.invite': { paramsTuple?: []; params?: {} }
    'people.resend': { paramsTuple: [ParamValue]; params: {'invitation': ParamValue} }
    'people.revoke': { paramsTuple: [ParamValue]; params: {'invitation': ParamValue} }
    'people.show': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.role': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.disable': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.enable': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.end_sessions': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.reset_factors': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.add_mailbox': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.end_mailbox': { paramsTuple: [ParamValue,ParamValue]; params: {'person': ParamValue,'mailbox': ParamValue} }
    'domains.index': { paramsTuple?: []; params?: {} }
    'domains.store': { paramsTuple?: []; params?: {} }
    'domains.destroy': { paramsTuple?: []; params?: {} }
    'admin_vaults.index': { paramsTuple?: []; params?: {} }
    'admin_vaults.show': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'admin_vaults.quota': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'admin_vaults.transfer': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'admin_vaults.invite': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'admin_vaults.resend': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'admin_vaults.revoke': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'invitations.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'invitations.accept': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'registrations.create': { paramsTuple?: []; params?: {} }
    'registrations.store': { paramsTuple?: []; params?: {} }
    'registrations.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'registrations.accept': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.members': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.invite': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.leave': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.transfer': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.member_change': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'member': ParamValue} }
    'vaults.member_remove': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'member': ParamValue} }
    'vaults.invitation_resend': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'vaults.invitation_revoke': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'profile.show': { paramsTuple?: []; params?: {} }
    'profile.update': { paramsTuple?: []; params?: {} }
    'profile.security': { paramsTuple?: []; params?: {} }
    'profile.password': { paramsTuple?: []; params?: {} }
    'profile.confirm': { paramsTuple?: []; params?: {} }
    'profile.confirm_store': { paramsTuple?: []; params?: {} }
    'profile.confirm_passkey_options': { paramsTuple?: []; params?: {} }
    'profile.confirm_passkey': { paramsTuple?: []; params?: {} }
    'profile.sessions': { paramsTuple?: []; params?: {} }
    'profile.sessions_end': { paramsTuple?: []; params?: {} }
    'profile.session_end': { paramsTuple: [ParamValue]; params: {'key': ParamValue} }
    'profile.one_time_password': { paramsTuple?: []; params?: {} }
    'profile.one_time_password_store': { paramsTuple?: []; params?: {} }
    'profile.one_time_password_remove': { paramsTuple?: []; params?: {} }
    'profile.codes': { paramsTuple?: []; params?: {} }
    'profile.passkey': { paramsTuple?: []; params?: {} }
    'profile.passkey_store': { paramsTuple?: []; params?: {} }
    'profile.passkey_options': { paramsTuple?: []; params?: {} }
    'profile.passkey_rename': { paramsTuple: [ParamValue]; params: {'passkey': ParamValue} }
    'profile.passkey_remove': { paramsTuple: [ParamValue]; params: {'passkey': ParamValue} }
    'vaults.index': { paramsTuple?: []; params?: {} }
    'vaults.store': { paramsTuple?: []; params?: {} }
    'vaults.show': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.folder': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'folder': ParamValue} }
    'vaults.details': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.look': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.restore_version': { paramsTuple: [ParamValue,ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue,'version': ParamValue} }
    'vaults.remove_version': { paramsTuple: [ParamValue,ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue,'version': ParamValue} }
    'vaults.undo': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.tree': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.make_folder': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.make_folders': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.rename': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.copy': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.move': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.lock': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.unlock': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.remove': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.trash': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.purge': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.restore': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.settings': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.rename_vault': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.archive': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.destroy': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.bring_back': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.frame': { paramsTuple?: []; params?: {} }
    'uploads.create': { paramsTuple?: []; params?: {} }
    'uploads.one': { paramsTuple: [ParamValue]; params: {'upload': ParamValue} }
    'uploads.ticket': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
  }
  GET: {
    'links.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.send': { paramsTuple: [ParamValue,ParamValue]; params: {'token': ParamValue,'ticket': ParamValue} }
    'links.back': { paramsTuple: [ParamValue,ParamValue]; params: {'token': ParamValue,'action': ParamValue} }
    'health.live': { paramsTuple?: []; params?: {} }
    'health.ready': { paramsTuple?: []; params?: {} }
    'metrics': { paramsTuple?: []; params?: {} }
    'home': { paramsTuple?: []; params?: {} }
    'session.create': { paramsTuple?: []; params?: {} }
    'session.passkey_options': { paramsTuple?: []; params?: {} }
    'factor.show': { paramsTuple?: []; params?: {} }
    'factor.passkey_options': { paramsTuple?: []; params?: {} }
    'reset.create': { paramsTuple?: []; params?: {} }
    'reset.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'setup.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.download': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.version': { paramsTuple: [ParamValue,ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue,'version': ParamValue} }
    'vaults.zip': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'archive.index': { paramsTuple?: []; params?: {} }
    'archive.show': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.headers': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.source': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.html': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.original': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.proof': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.delivered': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'delivery': ParamValue} }
    'archive.form': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'delivery': ParamValue} }
    'admin.index': { paramsTuple?: []; params?: {} }
    'admin.message': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'vaults.activity': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.activity_export': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.notify': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.live': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'profile.notifications': { paramsTuple?: []; params?: {} }
    'people.index': { paramsTuple?: []; params?: {} }
    'people.show': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'domains.index': { paramsTuple?: []; params?: {} }
    'admin_vaults.index': { paramsTuple?: []; params?: {} }
    'admin_vaults.show': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'invitations.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'registrations.create': { paramsTuple?: []; params?: {} }
    'registrations.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.members': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'profile.show': { paramsTuple?: []; params?: {} }
    'profile.security': { paramsTuple?: []; params?: {} }
    'profile.confirm': { paramsTuple?: []; params?: {} }
    'profile.confirm_passkey_options': { paramsTuple?: []; params?: {} }
    'profile.sessions': { paramsTuple?: []; params?: {} }
    'profile.one_time_password': { paramsTuple?: []; params?: {} }
    'profile.passkey': { paramsTuple?: []; params?: {} }
    'profile.passkey_options': { paramsTuple?: []; params?: {} }
    'vaults.index': { paramsTuple?: []; params?: {} }
    'vaults.show': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.folder': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'folder': ParamValue} }
    'vaults.details': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.look': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.tree': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.trash': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.settings': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.frame': { paramsTuple?: []; params?: {} }
  }
  HEAD: {
    'links.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.send': { paramsTuple: [ParamValue,ParamValue]; params: {'token': ParamValue,'ticket': ParamValue} }
    'links.back': { paramsTuple: [ParamValue,ParamValue]; params: {'token': ParamValue,'action': ParamValue} }
    'health.live': { paramsTuple?: []; params?: {} }
    'health.ready': { paramsTuple?: []; params?: {} }
    'metrics': { paramsTuple?: []; params?: {} }
    'home': { paramsTuple?: []; params?: {} }
    'session.create': { paramsTuple?: []; params?: {} }
    'session.passkey_options': { paramsTuple?: []; params?: {} }
    'factor.show': { paramsTuple?: []; params?: {} }
    'factor.passkey_options': { paramsTuple?: []; params?: {} }
    'reset.create': { paramsTuple?: []; params?: {} }
    'reset.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'setup.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.download': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.version': { paramsTuple: [ParamValue,ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue,'version': ParamValue} }
    'vaults.zip': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'archive.index': { paramsTuple?: []; params?: {} }
    'archive.show': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.headers': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.source': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.html': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.original': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.proof': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'archive.delivered': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'delivery': ParamValue} }
    'archive.form': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'delivery': ParamValue} }
    'admin.index': { paramsTuple?: []; params?: {} }
    'admin.message': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'vaults.activity': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.activity_export': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.notify': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.live': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'profile.notifications': { paramsTuple?: []; params?: {} }
    'people.index': { paramsTuple?: []; params?: {} }
    'people.show': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'domains.index': { paramsTuple?: []; params?: {} }
    'admin_vaults.index': { paramsTuple?: []; params?: {} }
    'admin_vaults.show': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'invitations.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'registrations.create': { paramsTuple?: []; params?: {} }
    'registrations.show': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.members': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'profile.show': { paramsTuple?: []; params?: {} }
    'profile.security': { paramsTuple?: []; params?: {} }
    'profile.confirm': { paramsTuple?: []; params?: {} }
    'profile.confirm_passkey_options': { paramsTuple?: []; params?: {} }
    'profile.sessions': { paramsTuple?: []; params?: {} }
    'profile.one_time_password': { paramsTuple?: []; params?: {} }
    'profile.passkey': { paramsTuple?: []; params?: {} }
    'profile.passkey_options': { paramsTuple?: []; params?: {} }
    'vaults.index': { paramsTuple?: []; params?: {} }
    'vaults.show': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.folder': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'folder': ParamValue} }
    'vaults.details': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.look': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue} }
    'vaults.tree': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.trash': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.settings': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.frame': { paramsTuple?: []; params?: {} }
    'uploads.one': { paramsTuple: [ParamValue]; params: {'upload': ParamValue} }
  }
  POST: {
    'links.requestCode': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.confirm': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.download': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.want': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.returnTicket': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'links.return': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'session.store': { paramsTuple?: []; params?: {} }
    'session.passkey': { paramsTuple?: []; params?: {} }
    'factor.store': { paramsTuple?: []; params?: {} }
    'factor.passkey': { paramsTuple?: []; params?: {} }
    'session.destroy': { paramsTuple?: []; params?: {} }
    'reset.store': { paramsTuple?: []; params?: {} }
    'reset.update': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'setup.store': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.zip': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.recheck': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.release': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'archive.revoke': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'link': ParamValue} }
    'archive.sendLink': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'link': ParamValue} }
    'archive.answer': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'asker': ParamValue} }
    'archive.extend': { paramsTuple: [ParamValue,ParamValue]; params: {'number': ParamValue,'link': ParamValue} }
    'admin.content': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'admin.decide': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'admin.answer': { paramsTuple: [ParamValue]; params: {'number': ParamValue} }
    'admin.decide_many': { paramsTuple?: []; params?: {} }
    'admin.four_eyes': { paramsTuple?: []; params?: {} }
    'admin.retry': { paramsTuple: [ParamValue]; params: {'delivery': ParamValue} }
    'vaults.announce': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.notify_choice': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.notify_again': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'notification': ParamValue} }
    'profile.notifications_choose': { paramsTuple?: []; params?: {} }
    'people.set_rules': { paramsTuple?: []; params?: {} }
    'people.invite': { paramsTuple?: []; params?: {} }
    'people.resend': { paramsTuple: [ParamValue]; params: {'invitation': ParamValue} }
    'people.revoke': { paramsTuple: [ParamValue]; params: {'invitation': ParamValue} }
    'people.role': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.disable': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.enable': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.end_sessions': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.reset_factors': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.add_mailbox': { paramsTuple: [ParamValue]; params: {'person': ParamValue} }
    'people.end_mailbox': { paramsTuple: [ParamValue,ParamValue]; params: {'person': ParamValue,'mailbox': ParamValue} }
    'domains.store': { paramsTuple?: []; params?: {} }
    'domains.destroy': { paramsTuple?: []; params?: {} }
    'admin_vaults.quota': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'admin_vaults.transfer': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'admin_vaults.invite': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'admin_vaults.resend': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'admin_vaults.revoke': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'invitations.accept': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'registrations.store': { paramsTuple?: []; params?: {} }
    'registrations.accept': { paramsTuple: [ParamValue]; params: {'token': ParamValue} }
    'vaults.invite': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.leave': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.transfer': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.member_change': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'member': ParamValue} }
    'vaults.member_remove': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'member': ParamValue} }
    'vaults.invitation_resend': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'vaults.invitation_revoke': { paramsTuple: [ParamValue,ParamValue]; params: {'vault': ParamValue,'invitation': ParamValue} }
    'profile.update': { paramsTuple?: []; params?: {} }
    'profile.password': { paramsTuple?: []; params?: {} }
    'profile.confirm_store': { paramsTuple?: []; params?: {} }
    'profile.confirm_passkey': { paramsTuple?: []; params?: {} }
    'profile.sessions_end': { paramsTuple?: []; params?: {} }
    'profile.session_end': { paramsTuple: [ParamValue]; params: {'key': ParamValue} }
    'profile.one_time_password_store': { paramsTuple?: []; params?: {} }
    'profile.one_time_password_remove': { paramsTuple?: []; params?: {} }
    'profile.codes': { paramsTuple?: []; params?: {} }
    'profile.passkey_store': { paramsTuple?: []; params?: {} }
    'profile.passkey_rename': { paramsTuple: [ParamValue]; params: {'passkey': ParamValue} }
    'profile.passkey_remove': { paramsTuple: [ParamValue]; params: {'passkey': ParamValue} }
    'vaults.store': { paramsTuple?: []; params?: {} }
    'vaults.restore_version': { paramsTuple: [ParamValue,ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue,'version': ParamValue} }
    'vaults.remove_version': { paramsTuple: [ParamValue,ParamValue,ParamValue]; params: {'vault': ParamValue,'file': ParamValue,'version': ParamValue} }
    'vaults.undo': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.make_folder': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.make_folders': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.rename': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.copy': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.move': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.lock': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.unlock': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.remove': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.purge': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.restore': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.rename_vault': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.archive': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.destroy': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'vaults.bring_back': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
    'uploads.create': { paramsTuple?: []; params?: {} }
    'uploads.ticket': { paramsTuple: [ParamValue]; params: {'vault': ParamValue} }
  }
  OPTIONS: {
    'uploads.create': { paramsTuple?: []; params?: {} }
    'uploads.one': { paramsTuple: [ParamValue]; params: {'upload': ParamValue} }
  }
  PATCH: {
    'uploads.one': { paramsTuple: [ParamValue]; params: {'upload': ParamValue} }
  }
  DELETE: {
    'uploads.one': { paramsTuple: [ParamValue]; params: {'upload': ParamValue} }
  }
}
declare module '@adonisjs/core/types/http' {
  export interface RoutesList extends ScannedRoutes {}
}