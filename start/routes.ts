import './routes/accounts.ts'
import './routes/links.ts'
import './routes/mail.ts'
import './routes/monitoring.ts'
