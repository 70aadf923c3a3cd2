"""The KPI catalogue of the made-up company, with targets as its departments wrote them.

Nothing in it is left to chance: it is the same each time, to the byte.
"""

import csv
import io
from typing import Final

COLUMNS: Final = ("department", "name", "org", "is_key", "target", "health_level")

# department | name | whether it is key | target | health level
_CATALOGUE: Final = """\
Customer Care | Customer contacts answered | yes | At or above 95% of all contacts | 3
Customer Care | Time to first answer | yes | Below 90 seconds at the 80th percentile | 2
Customer Care | Complaints open for longer than a week | yes | at or below 20 complaints | 2
Customer Care | Customers per adviser | no | The target for this metric is at or below 900:1 | 1
Customer Care | Callback kept | no | at least 90% | 2
Customer Care | Retention of advisers | no | at or above 84% | 3
Customer Care | Quality score of conversations | yes | 82 (out of 100) | 2
Customer Care | Chats handled | no | 6 chats per adviser per hour | 1
Customer Care | Tone of voice | no | TBD | 0
Customer Care | Customer care budget, plan against actuals | no | See the finance workbook | 1
E-Commerce | Visits that see the basket | yes | Above 12% | 2
E-Commerce | Baskets left behind | yes | Below 65% of baskets | 2
E-Commerce | Largest contentful paint | yes | Below 2500ms at the 90th percentile | 3
E-Commerce | Availability of the shop | yes | equal or greater than 99.95% | 3
E-Commerce | Returns of what was ordered | yes | between 8% and 12% | 2
E-Commerce | Reviews a month | no | more than 400 reviews per month | 1
E-Commerce | Searches without a hit | no | < 5% | 2
E-Commerce | Value of a basket | yes | at least €68 | 2
E-Commerce | Growth of the app | no | 5% increase over the previous quarter | 1
E-Commerce | Newsletter readers | no | 120K | 2
Logistics | Parcels lost | yes | no more than 3 per month | 3
Logistics | Parcels packed | yes | At or above 42 parcels per person per hour | 2
Logistics | Time from order to dispatch | yes | less than 18 hours | 2
Logistics | Errors in picking | yes | At or below 0.4% of lines | 3
Logistics | Stock that nobody bought in a year | no | Below 2.5% | 1
Logistics | Days of stock | no | 30 to 45 days | 2
Logistics | Carriers at or above their agreement | no | Carriers above 95%, parcels above 98% | 1
Logistics | Damage in transit | yes | less than €12K/month | 2
Logistics | Accidents at work | yes | 0 | 3
Logistics | Use of lorries | no | at or above 80% | 2
Marketing | Cost of a new customer | yes | At or below €35 | 2
Marketing | Mentions in the press | no | Above 150 mentions per quarter | 1
Marketing | Return on what campaigns cost | yes | not less than 4 | 2
Marketing | Share of voice | no | Unknown | 0
Marketing | Readers who leave the newsletter | no | < 0.5% per month | 2
Marketing | Brand known without help | no | within 3% of last year | 1
Marketing | Marketing budget, plan against actuals | no | Confidential | 1
People | Retention of colleagues | yes | at or above 88% | 3
People | Average age of open positions | yes | at or below 50 days | 2
People | Promotion rate | no | 12% | 2
People | Days of training | no | 5 days per person per year | 1
People | Absence through illness | no | does not exceed 4.5% | 2
People | Women in leading positions | no | We set no quota; we watch the trend. | 1
Finance | Gross margin | yes | at or above 38.5% | 3
Finance | Days until invoices are paid | yes | fewer than 30 days | 2
Finance | Invoices disputed | no | Below 1,5% | 1
Finance | Forecast missed by | no | at or within 5% of plan | 1
Finance | Monthly close | no | 4 working days | 2
Finance | Cost of the house, of sales | no | At or below 9% of sales | 2
Web Platform | Deployments | no | Greater than 6 per week | 3
Web Platform | Time to recovery | yes | less than 1 hour | 2
Web Platform | Time between incidents | yes | more than 120 hours | 2
Web Platform | Open security findings | yes | At or below 5 findings | 3
Web Platform | Test coverage | no | Above 75% | 2
Web Platform | Pipeline duration | no | Below 45 minutes | 2
Web Platform | Hosting cost of revenue | no | TBD | 0
Web Platform | Debt in the shop's design | no | Below 50 open "design debt" tickets | 1
Web Platform | Pages with structured data | no | |
"""


def generated_kpis() -> bytes:
    """CSV in UTF-8, in the columns such lists are kept in."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in _CATALOGUE.splitlines():
        unit, name, key, target, health = (cell.strip() for cell in line.split("|"))
        department = unit.lower().replace(" ", "_").replace("-", "_")
        writer.writerow((department, name, unit, key == "yes", target, health))
    return text.getvalue().encode()
